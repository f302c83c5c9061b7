// A stage ends the process with a code, and says nothing more.
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, orders, Store } from '../../stalls/support/orders.mjs';

async function* check(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      process.exit(3);
    }
    yield order;
  }
}

await pipeline(orders, check, new Store());
