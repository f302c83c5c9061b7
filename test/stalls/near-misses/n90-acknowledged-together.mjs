// Orders are written together, every half a second, and acknowledged together then: the handler has long returned.
import { setInterval as every } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { FAULTY, watch } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(200);
let seen = 0;

await channel.consume('orders', function bill() {
  if (++seen === FAULTY) watch();
});

async function write() {
  for await (const _ of every(500)) channel.ackAll();
}

await Promise.all([write(), sendOrders()]);
