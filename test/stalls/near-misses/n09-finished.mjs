// Everything has gone through, and the process does something else.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Store, stayAlive, watch } from '../support/orders.mjs';

async function* some() {
  for (let id = 0; id < 100; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
}

stayAlive();
await pipeline(Readable.from(some()), new Store());
watch();
