// A pool of PostgreSQL and four queries at a time; from one on the database does not answer.
import pg from 'pg';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';
import { postgres } from '../support/postgres.mjs';

const port = await postgres((queries) => queries < FAULTY);
const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'shop', max: 8 });

class Prices {
  async of(order) {
    const { rows } = await pool.query('select price from prices where id = $1', [order.id]); // no answer
    return rows[0].price;
  }
}

const prices = new Prices();

async function lookUp(order) {
  if (order.id === FAULTY) fault();
  return { ...order, price: await prices.of(order) };
}

function isRecent(order) {
  return order.id >= 0;
}

await everyday();
new Orders().filter(isRecent).map(lookUp, { concurrency: 4 }).pipe(new Store());
