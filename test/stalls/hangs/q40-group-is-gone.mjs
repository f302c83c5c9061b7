// The server is short of memory and drops the stream, and the group goes with it. The producer makes the stream anew; nobody makes the group.
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTY, fault } from '../support/orders.mjs';
import { clientOf, createGroup, entriesOf, sendOrders } from '../support/redis-streams.mjs';

const [reader, writer] = [clientOf(), clientOf()];
await createGroup('orders', 'billing');

async function bill() {
  for await (const { id, order } of entriesOf(reader, 'orders', 'billing')) {
    await sleep(1);
    await writer.xack('orders', 'billing', id);
    if (order !== FAULTY) continue;
    fault();
    // What the eviction of a key does.
    await writer.del('orders');
  }
}

await Promise.all([bill(), sendOrders()]);
