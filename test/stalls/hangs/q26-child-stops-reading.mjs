// Everything is piped into a compressor in a child, which somebody has stopped: after what the pipe holds nothing goes on.
import { spawn } from 'node:child_process';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, stayAlive } from '../support/orders.mjs';

const child = spawn('sh', ['-c', 'exec gzip > /dev/null'], { stdio: ['pipe', 'ignore', 'inherit'] });

class Serialise extends Transform {
  #padding = 'x'.repeat(4096);

  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      child.kill('SIGSTOP');
    }
    done(null, `${JSON.stringify(order)}${this.#padding}\n`);
  }
}

stayAlive();
await pipeline(new Orders(), new Serialise(), child.stdin);
