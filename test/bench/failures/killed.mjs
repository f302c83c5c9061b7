// Somebody kills the process: no code of it runs any more.
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, orders, Store } from '../../stalls/support/orders.mjs';

async function* count(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      fault();
      process.kill(process.pid, 'SIGKILL');
    }
    yield order;
  }
}

await pipeline(orders, count, new Store());
