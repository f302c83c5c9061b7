// A person has a debugger attached and looks at a line for five seconds. What is paused is not stalled.
import { url } from 'node:inspector';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { FAULTY, Orders, Store, stayAlive, watch } from '../support/orders.mjs';

// The debugger of that person, in a thread so that it runs while the program does not.
const debuggerThread = new Worker(
  `const { workerData } = require('node:worker_threads');
  import(workerData.ws).then(({ WebSocket }) => {
    const socket = new WebSocket(workerData.url);
    let id = 0;
    const send = (method) => socket.send(JSON.stringify({ id: ++id, method }));
    socket.on('open', () => send('Debugger.enable'));
    socket.on('message', (text) => {
      if (JSON.parse(text).method === 'Debugger.paused') setTimeout(send, 5000, 'Debugger.resume');
    });
  });`,
  { eval: true, workerData: { url: url(), ws: import.meta.resolve('ws') } },
);
debuggerThread.on('error', (error) => console.error(error));

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      watch();
      // biome-ignore lint/suspicious/noDebugger: this is what the person has set
      debugger;
    }
    done(null, { ...order, price: 12 });
  }
}

stayAlive();
await pipeline(new Orders(), new Price(), new Store());
