// The same with the package redis and Web Streams: the server is gone, and commands wait for the next connection.
import { createClient } from 'redis';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';
import { redisThatGoes } from '../support/redis.mjs';

const { port, go } = await redisThatGoes();
const client = createClient({
  socket: { host: '127.0.0.1', port, reconnectStrategy: 200 },
  // By itself it gives up after five seconds.
  commandOptions: { timeout: undefined },
});
client.on('error', () => {});
await client.connect();

class Enricher {
  async transform(order, controller) {
    if (order.id === FAULTY) {
      fault();
      go();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const price = await client.get(`price:${order.id}`); // waits for the next connection
    controller.enqueue({ ...order, price });
  }
}

class Ledger {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Enricher()))
  .pipeTo(new WritableStream(new Ledger()));
