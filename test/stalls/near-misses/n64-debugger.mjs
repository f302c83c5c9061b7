// Somebody debugs in development: a debugger is attached, the program comes to a statement that stops it, and goes on six seconds later.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, url } from 'node:inspector';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, Orders, Store, stayAlive, watch } from '../support/orders.mjs';

const debug = `
  const socket = new WebSocket(process.argv[1]);
  const tell = (id, method) => socket.send(JSON.stringify({ id, method }));
  socket.onopen = () => tell(1, 'Debugger.enable');
  socket.onmessage = ({ data }) => {
    const { id, method } = JSON.parse(data);
    if (id === 1) console.log('attached');
    if (method === 'Debugger.paused') setTimeout(tell, 6000, 2, 'Debugger.resume');
  };`;

open(0, '127.0.0.1');
// The debugger may be of another version than the program.
const person = spawn(process.execPath, ['-e', debug, url()], { stdio: ['ignore', 'pipe', 'ignore'] });
await once(person.stdout, 'data');

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
