// The process is asked to end, and ends in order.
import { pipeline } from 'node:stream/promises';
import { FAULTY, orders, Store, watch } from '../../stalls/support/orders.mjs';

process.once('SIGTERM', () => process.exit(0));

async function* count(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      watch();
      process.kill(process.pid, 'SIGTERM');
    }
    yield order;
  }
}

await pipeline(orders, count, new Store());
