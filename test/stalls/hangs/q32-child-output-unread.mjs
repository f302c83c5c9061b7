// A filter in a child says on stdout what it has done, and nobody takes it: it stands when the pipe is full, and then its input does.
import { spawn } from 'node:child_process';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, Orders, stayAlive } from '../support/orders.mjs';

const echo = `
  const { writeSync } = require('node:fs');
  process.stdin.on('data', (chunk) => writeSync(1, chunk));`;
const child = spawn(process.execPath, ['-e', echo], { stdio: ['pipe', 'pipe', 'inherit'] });

class Serialise extends Transform {
  #padding = 'x'.repeat(4096);
  #written = 0;

  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(order, _encoding, done) {
    // By then every pipe in between is full.
    if (++this.#written === 100) fault();
    done(null, `${JSON.stringify(order)}${this.#padding}\n`);
  }
}

stayAlive();
await pipeline(new Orders(), new Serialise(), child.stdin);
