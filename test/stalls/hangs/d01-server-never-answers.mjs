// fetch() without a timeout, to a server that never answers.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const silent = createServer(() => {}).listen(0, '127.0.0.1');
await once(silent, 'listening');
const { port } = silent.address();

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      await fetch(`http://127.0.0.1:${port}/`); // no answer
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Enrich(), new Store());
