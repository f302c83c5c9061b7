// A process that has forked a helper, which inherits its arguments and its environment, and so the agent and the name of the worker.
import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const helper = fork(fileURLToPath(new URL('../support/converter.cjs', import.meta.url)));
setInterval(() => helper.send({ id: 0 }), 200);
const approvals = new EventEmitter();

class Approve extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      await once(approvals, 'approved'); // nobody approves
    }
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Approve(), new Store());
