// Everything goes through a filter in a process of its own, whose output nobody reads: it fills its pipe, then ours.
import { spawn } from 'node:child_process';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, Orders, stayAlive } from '../support/orders.mjs';

class Serialise extends Transform {
  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, `${JSON.stringify(order).padEnd(1023)}\n`);
  }
}

const filter = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
stayAlive();
let isFull = false;
setInterval(() => {
  if (!isFull && filter.stdin.writableNeedDrain && filter.stdin.writableLength > 0) {
    isFull = true;
    fault();
  }
}, 100);
await pipeline(new Orders(), new Serialise(), filter.stdin);
