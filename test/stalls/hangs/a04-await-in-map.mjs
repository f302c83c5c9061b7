// Concurrent map: one call never settles, the others end and wait behind it.
import { FAULTY, fault, Orders, stayAlive } from '../support/orders.mjs';

const answers = new Map();

async function lookUp(order) {
  if (order.id === FAULTY) {
    fault();
    await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
  }
  return order;
}

stayAlive();
await new Orders().map(lookUp, { concurrency: 4 }).forEach(() => {});
