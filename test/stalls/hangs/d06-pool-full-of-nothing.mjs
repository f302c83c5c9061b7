// A pool of undici whose clients live for a second: when the only one is too old, it is taken out, and no other takes its place.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici-810';
import { everyday } from '../support/everyday.mjs';
import { fault, Orders, Store } from '../support/orders.mjs';

const LIFE_MS = 1000;
const server = createServer((_request, response) => response.end('12')).listen(0, '127.0.0.1');
await once(server, 'listening');
const pool = new Pool(`http://127.0.0.1:${server.address().port}`, { connections: 1, clientTtl: LIFE_MS });
pool.once('connect', () => setTimeout(fault, LIFE_MS));

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const { body } = await pool.request({ path: '/', method: 'GET' }); // is never sent
    done(null, { ...order, price: await body.text() });
  }
}

await everyday();
await pipeline(new Orders(), new Enrich(), new Store());
