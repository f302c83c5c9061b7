// execSync of a command that takes long.
import { execSync } from 'node:child_process';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

class Convert extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      execSync('sleep 60'); // waits for the command
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Convert(), new Store());
