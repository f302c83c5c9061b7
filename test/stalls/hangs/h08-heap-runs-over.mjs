// A stage that remembers every order it has seen, with its picture, in case it comes twice.
import { fault, orders, stayAlive } from '../support/orders.mjs';

const seen = new Map();
let told = false;

async function* withoutDoubles(input) {
  for await (const order of input) {
    if (seen.has(order.id)) continue;
    seen.set(
      order.id,
      Array.from({ length: 20_000 }, (_, pixel) => pixel * 1.5 + order.id),
    );
    if (!told && seen.size === 250) {
      told = true;
      fault();
    }
    yield order;
  }
}

async function consume(input) {
  let count = 0;
  for await (const _order of input) count++;
  return count;
}

stayAlive();
await consume(withoutDoubles(orders()));
