// http.get() without a timeout; the answer would call back.
import { once } from 'node:events';
import { get } from 'node:http';
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

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      get(`http://127.0.0.1:${port}/`, () => done(null, order));
      return;
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Enrich(), new Store());
