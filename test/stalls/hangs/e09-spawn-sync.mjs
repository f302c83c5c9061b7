// A converter is started for each document and waited for synchronously; for one document it does not come back for long.
import { spawnSync } from 'node:child_process';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

function convert({ id }) {
  if (id === FAULTY) fault();
  return spawnSync('sleep', [id === FAULTY ? '600' : '0.001']); // the converter does not end
}

async function* documents(input) {
  for await (const order of input) if (order.id % 4 === 0) yield order;
}

async function* convertEach(input) {
  for await (const order of input) yield { ...order, status: convert(order).status };
}

async function store(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await store(convertEach(documents(orders())));
