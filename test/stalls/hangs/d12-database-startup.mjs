// Each batch has a connection of its own to the database. One day the database takes the connection and says nothing.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';
import { postgres } from '../support/postgres.mjs';

const port = await postgres();
const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
await once(silent, 'listening');

class Batch extends Transform {
  #orders = [];

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    this.#orders.push(order);
    if (this.#orders.length === 10) this.push(this.#orders.splice(0));
    done();
  }
}

class Save extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(batch, _encoding, done) {
    const isLate = batch[0].id >= FAULTY;
    if (isLate) fault();
    const client = new pg.Client({ host: '127.0.0.1', port: isLate ? silent.address().port : port, user: 'shop' });
    await client.connect(); // it says nothing
    for (const order of batch) await client.query('insert into orders values ($1)', [order.id]);
    await client.end();
    done(null, batch);
  }
}

await everyday();
await pipeline(new Orders(), new Batch(), new Save(), new Store());
