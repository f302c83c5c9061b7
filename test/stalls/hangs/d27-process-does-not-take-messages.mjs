// Orders go to another process, one message each, and each waits until its message has been sent; that process is stopped.
import { fork } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const program = join(mkdtempSync(join(tmpdir(), 'stall-')), 'taker.cjs');
writeFileSync(program, `process.on('message', () => {});`);
const taker = fork(program, { execArgv: [] });

class Forward extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      taker.kill('SIGSTOP');
    }
    const isFull = order.id >= FAULTY;
    taker.send({ ...order, text: 'x'.repeat(isFull ? 1_000_000 : 100) }, (error) => done(error, order));
  }
}

await everyday();
await pipeline(new Orders(), new Forward(), new Store());
