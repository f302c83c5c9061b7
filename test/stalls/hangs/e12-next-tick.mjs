// Work that is not ready yet is tried again in the next tick, before anything else has a chance to make it ready.
import { Transform } from 'node:stream';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

class Settle extends Transform {
  #ready = new Set();

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      setTimeout(() => this.#ready.add(order.id), 1);
    } else this.#ready.add(order.id);
    this.#tryAgain(order, done);
  }

  #tryAgain(order, done) {
    if (!this.#ready.delete(order.id)) {
      process.nextTick(() => this.#tryAgain(order, done)); // again and again
      return;
    }
    done(null, order);
  }
}

await everyday();
new Orders().pipe(new Settle()).pipe(new Store());
