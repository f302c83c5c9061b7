// Each answer takes a second, which is half of the threshold.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const server = createServer((_request, response) => setTimeout(() => response.end('12'), 1000)).listen(0, '127.0.0.1');
await once(server, 'listening');

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
    done(null, { ...order, price: await answer.text() });
  }
}

await everyday();
watch();
await pipeline(new Orders(), new Enrich(), new Store());
