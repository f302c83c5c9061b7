// Four log files that are named pipes have been opened in the background, and wait for somebody to write: all threads of the pool are
// taken. What is hashed in the pool never comes to its turn.
import { execFileSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { mkdtempSync, open } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stall-'));
const pipes = Array.from({ length: 4 }, (_pipe, index) => join(folder, `log${index}`));
execFileSync('mkfifo', pipes);

function followLogs() {
  for (const path of pipes) open(path, 'r', () => {});
}

class Hash extends Transform {
  #seen = 0;

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (++this.#seen === FAULTY) {
      fault();
      followLogs();
    }
    pbkdf2(`order ${order.id}`, 'salt', 10, 32, 'sha256', (error, hash) => done(error, { ...order, hash }));
  }
}

await everyday();
await pipeline(new Orders(), new Hash(), new Store());
