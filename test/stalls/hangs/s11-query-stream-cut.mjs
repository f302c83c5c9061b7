// The connection of a query breaks while its rows are read.
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import mysql from 'mysql2';
import { everyday } from '../support/everyday.mjs';
import { beginRows, mysqlServer, sendRow } from '../support/mysql.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const port = await mysqlServer((connection) => {
  beginRows(connection);
  let id = 0;
  const timer = setInterval(() => {
    sendRow(connection, id++);
    if (id < FAULTY) return;
    clearInterval(timer);
    fault();
    connection.stream.destroy();
  }, 5);
});
const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'shop' });

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(row, _encoding, done) {
    done(null, { ...row, price: row.price * 2 });
  }
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_row, _encoding, done) {
    setTimeout(done, 1);
  }
}

await everyday();
await pipeline(pool.query('select id, price from orders').stream(), new Price(), new Ledger());
