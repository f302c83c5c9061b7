// Awaits a promise that is held in a Map and that nobody resolves.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

/** Answers that somebody else is to give, by the id of the order. */
const answers = new Map();

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Enrich(), new Store());
