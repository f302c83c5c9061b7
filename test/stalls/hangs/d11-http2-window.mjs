// A long upload over HTTP/2 to a peer that has stopped to read: its window is used up, and the write does not come back.
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const server = createServer();
let bytes = 0;
server.on('stream', (stream) => {
  stream.respond({ ':status': 200 });
  stream.on('data', (chunk) => {
    bytes += chunk.length;
    if (bytes < FAULTY * 8192) return;
    stream.pause();
    fault();
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

class Serialise extends Transform {
  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, JSON.stringify(order).padEnd(8192));
  }
}

await everyday();
const session = connect(`http://127.0.0.1:${server.address().port}`);
await pipeline(new Orders(), new Serialise(), session.request({ ':path': '/', ':method': 'POST' }));
