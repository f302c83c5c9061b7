// Pages are loaded two at a time through p-limit. A page that has parts loads them through the same limit, from within.

import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const limit = pLimit(2);

async function loadPart(id) {
  await pause(1);
  return `part ${id}`;
}

async function loadPage(order) {
  await pause(4);
  if (order.id < FAULTY) return [];
  if (order.id === FAULTY) fault();
  return await Promise.all([1, 2].map((part) => limit(loadPart, part))); // its own two slots
}

async function crawl(order) {
  return await limit(loadPage, order);
}

await everyday();
new Orders().map(crawl, { concurrency: 4 }).pipe(new Store());
