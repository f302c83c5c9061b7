// Every order takes some tens of milliseconds of a processor. Then three other processes want the only processor that this one
// may use, and go first: the same work takes many times as long.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const ROUNDS = 8_000_000;
const LAST_GOOD = 20;

class Score extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    let score = 0;
    for (let round = 0; round < ROUNDS; round++) score = (score * 31 + order.id) % 1009;
    if (order.id === LAST_GOOD) starve();
    // Others have their turn between two orders.
    setTimeout(done, 20, null, { ...order, score });
  }
}

function starve() {
  execFileSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)]);
  for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), 19);
  for (let other = 0; other < 3; other++)
    spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
  fault();
}

stayAlive();
await pipeline(new Orders(), new Score(), new Store());
