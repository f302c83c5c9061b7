// Of every query only the first rows are read, then the loop is left. The pool gets each connection back.

import { setTimeout as pause } from 'node:timers/promises';
import mysql from 'mysql2';
import { everyday } from '../support/everyday.mjs';
import { beginRows, endRows, mysqlServer, sendRow } from '../support/mysql.mjs';
import { orders, watch } from '../support/orders.mjs';

const port = await mysqlServer((connection) => {
  beginRows(connection);
  for (let id = 0; id < 500; id++) sendRow(connection, id);
  endRows(connection);
});
const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'shop', connectionLimit: 2 });

async function firstOf(order) {
  for await (const row of pool.query('select id, price from orders').stream()) {
    if (row.id === 3) return { ...order, row };
  }
  return order;
}

async function* enrich(input) {
  for await (const order of input) yield await firstOf(order);
}

async function consume(input) {
  for await (const _order of input) await pause(1);
}

await everyday();
watch();
await consume(enrich(orders()));
