// Catastrophic backtracking on one poisonous record.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

class Match extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    const text = order.id === FAULTY ? `${'word '.repeat(6)}${'a'.repeat(30)}!` : 'a word';
    if (order.id === FAULTY) fault();
    order.known = /^(\w+\s?)*$/.test(text); // backtracks
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Match(), new Store());
