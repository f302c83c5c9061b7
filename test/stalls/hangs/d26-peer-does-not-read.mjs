// Everything is shipped over a connection; the process at its other end has stopped to read.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const LINE_BYTES = 65_536;
let bytes = 0;
const server = createServer((socket) => {
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes < FAULTY * LINE_BYTES) return;
    socket.pause();
    fault();
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

class Serialise extends Transform {
  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, JSON.stringify(order).padEnd(LINE_BYTES));
  }
}

await everyday();
await pipeline(new Orders(), new Serialise(), connect(server.address().port, '127.0.0.1'));
