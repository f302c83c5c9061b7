// SIGSTOP, as of a paused container or a frozen virtual machine, and nothing that lets it go on.
import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

class Watched extends Store {
  _write(order, encoding, done) {
    if (order.id === FAULTY) {
      fault();
      spawn('kill', ['-STOP', String(process.pid)], { stdio: 'ignore' });
    }
    super._write(order, encoding, done);
  }
}

stayAlive();
await pipeline(new Orders(), new Watched());
