// One message at a time, each of which takes longer than most would like; the queue grows, and it goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { stayAlive, watch } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(1);
await channel.consume('orders', async function print(message) {
  await sleep(1500);
  channel.ack(message);
});
setTimeout(watch, 3000);
stayAlive();
await sendOrders(500);
