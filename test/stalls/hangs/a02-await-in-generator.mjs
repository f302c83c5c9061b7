// The same in a chain of async generators without any stream.
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const answers = new Map();

async function* price(input) {
  for await (const order of input) yield { ...order, price: 1 };
}

async function* enrich(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
    yield order;
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(enrich(price(orders())));
