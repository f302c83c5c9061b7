// Somebody debugs in development: a debugger is attached, the program comes to a statement that stops it, and goes on six seconds
// later.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, url } from 'node:inspector';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { FAULTY, Orders, Store, stayAlive, watch } from '../support/orders.mjs';

open(0, '127.0.0.1');
const file = fileURLToPath(new URL('../support/debugger.mjs', import.meta.url));
const person = fork(file, [url()], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
await once(person, 'message');

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      watch();
      // biome-ignore lint/suspicious/noDebugger: it is what this program is about
      debugger;
    }
    done(null, { ...order, price: 1 });
  }
}

stayAlive();
await pipeline(new Orders(), new Price(), new Store());
