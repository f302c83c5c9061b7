// Orders are sent to a subscriber, each when the one before is written. The subscriber's process is stopped.
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import { FAULTY, fault, Orders, stayAlive } from '../support/orders.mjs';
import { runApart } from '../support/servers.mjs';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(server, 'listening');
const child = runApart('subscriber.mjs', `ws://127.0.0.1:${server.address().port}`);
const [socket] = await once(server, 'connection');
const picture = Buffer.alloc(256 * 1024);

class Feed extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      child.kill('SIGSTOP');
    }
    socket.send(picture, done);
  }
}

stayAlive();
await pipeline(new Orders(), new Feed());
