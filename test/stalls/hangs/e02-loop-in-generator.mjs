// Walks a list that has become a circle.
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const list = { next: { next: null } };

async function* resolveParents(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      list.next.next = list;
    }
    let depth = 0;
    for (let node = list; node !== null; node = node.next) depth++; // a circle
    yield { ...order, depth };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(resolveParents(orders()));
