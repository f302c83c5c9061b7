// The group is made by another service, which comes up a moment later: until then the server refuses every read.
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTY, watch } from '../support/orders.mjs';
import { clientOf, createGroup, entriesOf, sendOrders } from '../support/redis-streams.mjs';

const [reader, writer] = [clientOf(), clientOf()];
setTimeout(() => createGroup('orders', 'billing'), 900);

async function bill() {
  for await (const { id, order } of entriesOf(reader, 'orders', 'billing')) {
    await sleep(1);
    await writer.xack('orders', 'billing', id);
    if (order === FAULTY) watch();
  }
}

await Promise.all([bill(), sendOrders()]);
