// The journal lies on a device that is full, and nobody catches what comes of it.
import { appendFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store } from '../../stalls/support/orders.mjs';

class Journal extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id !== FAULTY) return done(null, order);
    fault();
    appendFile('/dev/full', `${order.id}\n`).then(() => done(null, order), done);
  }
}

await pipeline(new Orders(), new Journal(), new Store());
