// Large orders wait until somebody has approved them, and nobody does. Meanwhile something else uses Redis.
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTY, fault } from '../support/orders.mjs';
import { clientOf, createGroup, entriesOf, sendOrders } from '../support/redis-streams.mjs';

const approvals = new EventEmitter();
const [reader, writer] = [clientOf(), clientOf()];
await createGroup('orders', 'billing');
setInterval(() => writer.ping(), 200);

async function approved(order) {
  if (order === FAULTY) fault();
  if (order >= FAULTY) await once(approvals, `approved ${order}`); // nobody approves
}

async function bill() {
  for await (const { id, order } of entriesOf(reader, 'orders', 'billing')) {
    await approved(order);
    await sleep(1);
    await writer.xack('orders', 'billing', id);
  }
}

await Promise.all([bill(), sendOrders()]);
