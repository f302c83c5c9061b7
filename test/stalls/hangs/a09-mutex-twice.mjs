// A lock taken again by whoever holds it.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

let tail = Promise.resolve();

/** One after the other. */
function withLock(work) {
  const turn = tail.then(work);
  tail = turn.catch(() => {});
  return turn;
}

class Update extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    await withLock(async () => {
      if (order.id === FAULTY) {
        fault();
        await withLock(async () => {}); // holds it already
      }
    });
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Update(), new Store());
