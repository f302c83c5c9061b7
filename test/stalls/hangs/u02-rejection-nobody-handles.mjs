// What is told to a second system is not awaited; when that fails, nobody handles it, and the process ends.
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

async function notify(order) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  if (order.id !== FAULTY) return;
  fault();
  throw new Error(`no such customer: ${order.id}`); // nobody handles it
}

async function* tell(input) {
  for await (const order of input) {
    void notify(order);
    yield order;
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(tell(orders()));
