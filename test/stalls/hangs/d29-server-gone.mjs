// Redis goes away and does not come back. The client connects again and again, and keeps the commands until it has succeeded.
import { Redis } from 'ioredis';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';
import { redisThatGoes } from '../support/redis.mjs';

const { port, go } = await redisThatGoes();
const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
client.on('error', () => {});

async function* enrich(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      go();
    }
    const price = await client.get(`price:${order.id}`); // is kept until there is a connection
    yield { ...order, price };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(enrich(orders()));
