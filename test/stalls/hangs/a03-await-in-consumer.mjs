// The consumer hangs, and the generators before it only wait.
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const answers = new Map();

async function* price(input) {
  for await (const order of input) yield { ...order, price: 1 };
}

async function save(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
  }
}

stayAlive();
await save(price(orders()));
