// A Redis that stops to answer on a connection that stays open, asked by ioredis.
import { Redis } from 'ioredis';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';
import { redis } from '../support/redis.mjs';

const client = new Redis({ host: '127.0.0.1', port: await redis((gets) => gets < FAULTY) });

async function* enrich(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    const price = await client.get(`price:${order.id}`); // no answer
    yield { ...order, price };
  }
}

async function* drop(input) {
  for await (const order of input) if (order.price !== null) yield order;
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(drop(enrich(orders())));
