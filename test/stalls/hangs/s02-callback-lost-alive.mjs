// A Transform whose cache misses once and forgets to call back.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      return;
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Enrich(), new Store());
