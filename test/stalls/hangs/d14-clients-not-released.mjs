// A transaction that has nothing to do leaves early and does not give its client back; after four of them the pool is empty.
import pg from 'pg';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';
import { postgres } from '../support/postgres.mjs';

const pool = new pg.Pool({ host: '127.0.0.1', port: await postgres(), user: 'shop', max: 4 });

async function transfer(order) {
  if (order.id === FAULTY + 4) fault();
  const client = await pool.connect(); // none is free
  const { rows } = await client.query('select price from accounts');
  if (order.id >= FAULTY && rows.length > 0) return false;
  await client.query('update accounts set price = 1');
  client.release();
  return true;
}

async function* settle(input) {
  for await (const order of input) yield { ...order, isDone: await transfer(order) };
}

async function* label(input) {
  for await (const order of input) yield { ...order, label: `order ${order.id}` };
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(settle(label(orders())));
