// A stage of generators awaits what nobody can settle, and nothing else keeps the process alive.
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, orders, Store } from '../support/orders.mjs';

const answers = new Map();

async function* enrich(records) {
  for await (const order of records) {
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
    yield order;
  }
}

await pipeline(orders, enrich, new Store());
