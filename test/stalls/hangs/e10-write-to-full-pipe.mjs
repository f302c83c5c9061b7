// Progress is written synchronously into a named pipe. Whoever reads it has stopped to, and one day the pipe is full.
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const PIPE_BYTES = 65_536;
const path = join(mkdtempSync(join(tmpdir(), 'stall-')), 'progress');
execFileSync('mkfifo', [path]);
// Open at both ends, as by a collector that is there and does not read.
const pipe = openSync(path, constants.O_RDWR);

class Progress extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    const line = Buffer.alloc(1024, `order ${order.id} `);
    if (order.id === FAULTY) fault();
    if (order.id < FAULTY) {
      writeSync(pipe, line);
      readSync(pipe, line);
    } else for (let written = 0; written <= PIPE_BYTES; written += line.length) writeSync(pipe, line); // nobody reads
    done(null, order);
  }
}

await everyday();
await pipeline(new Orders(), new Progress(), new Store());
