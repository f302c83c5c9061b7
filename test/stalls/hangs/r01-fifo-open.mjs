// A file that is a named pipe: opening it waits for a writer, in a thread of the pool.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const path = join(mkdtempSync(join(tmpdir(), 'stall-')), 'pipe');
execFileSync('mkfifo', [path]);

class Archive extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      await open(path, 'r'); // nobody writes
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Archive(), new Store());
