// Asks a thread and blocks until it has answered. To answer, the thread needs a file that it asks the main thread for.
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const signal = new Int32Array(new SharedArrayBuffer(4));
const thread = new Worker(
  `const { parentPort, workerData } = require('node:worker_threads');
  const answer = () => { Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); };
  parentPort.on('message', ({ kind, isKnown }) => {
    if (kind === 'source' || isKnown) answer();
    else parentPort.postMessage('which source?');
  });
  parentPort.postMessage('ready');`,
  { eval: true, workerData: signal },
);
await once(thread, 'message');
thread.on('message', () => thread.postMessage({ kind: 'source' }));

function compileSync(order) {
  Atomics.store(signal, 0, 0);
  thread.postMessage({ kind: 'compile', isKnown: order.id !== FAULTY });
  Atomics.wait(signal, 0, 0); // the thread waits for this one
}

class Compile extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    compileSync(order);
    done(null, order);
  }
}

await everyday();
await pipeline(new Orders(), new Compile(), new Store());
