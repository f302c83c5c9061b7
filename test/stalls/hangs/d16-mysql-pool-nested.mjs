// Whoever holds a connection asks for a second one. With as many orders at once as there are connections, all wait for each other.

import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import mysql from 'mysql2/promise';
import { everyday } from '../support/everyday.mjs';
import { mysqlServer } from '../support/mysql.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const port = await mysqlServer();
const pool = mysql.createPool({ host: '127.0.0.1', port, user: 'shop', connectionLimit: 2 });

const save = operator('save', async (id, isBusy) => {
  const connection = await pool.getConnection();
  await connection.query('select id, price from orders');
  if (isBusy) await pause(50);
  const journal = await pool.getConnection(); // both are held by those who ask for it
  await journal.query('select id, price from journal');
  journal.release();
  connection.release();
  return id;
});

await everyday();
for (let id = 0; id < FAULTY; id++) {
  await save(id, false);
  await pause(5);
}
fault();
await Promise.all([save(FAULTY, true), save(FAULTY + 1, true)]);
