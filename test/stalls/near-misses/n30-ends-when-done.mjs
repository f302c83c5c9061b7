// Everything has gone through, and nothing keeps the process alive: it ends.
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Store, watch } from '../support/orders.mjs';

async function* some() {
  for (let id = 0; id < 300; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
}

const price = new Transform({
  objectMode: true,
  transform: (order, _encoding, done) => done(null, { ...order, price: order.id * 2 }),
});
await pipeline(Readable.from(some()), price, new Store());
watch();
