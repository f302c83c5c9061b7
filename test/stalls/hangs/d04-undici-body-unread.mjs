// A pool of two connections; the bodies of the answers are never read, so they are never free again.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const server = createServer((_request, response) => response.end('x'.repeat(500_000))).listen(0, '127.0.0.1');
await once(server, 'listening');
const pool = new Pool(`http://127.0.0.1:${server.address().port}`, { connections: 2, pipelining: 1 });

class Check extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    if (order.id >= FAULTY) await pool.request({ path: '/', method: 'GET' }); // no connection is free
    done(null, order);
  }
}

stayAlive();
await pipeline(new Orders(), new Check(), new Store());
