// A stage asks a server that is not there, and nobody catches what comes of it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, orders, Store } from '../../stalls/support/orders.mjs';

/** Of a server that was there. */
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
server.close();

async function* price(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      await fetch(`http://127.0.0.1:${port}/price`).catch(({ cause }) => {
        throw cause;
      });
    }
    yield order;
  }
}

await pipeline(orders, price, new Store());
