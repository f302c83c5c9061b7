// A pool of two connections with a queue of requests before it: all of them wait, and all come to their turn.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const server = createServer((_request, response) => setTimeout(() => response.end('12'), 300)).listen(0, '127.0.0.1');
await once(server, 'listening');
const pool = new Pool(`http://127.0.0.1:${server.address().port}`, { connections: 2, pipelining: 1 });

async function lookUp(order) {
  const { body } = await pool.request({ path: `/${order.id}`, method: 'GET' });
  return { ...order, price: await body.text() };
}

await everyday();
watch();
new Orders().map(lookUp, { concurrency: 20 }).pipe(new Store());
