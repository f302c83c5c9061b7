// One order has no customer, and its handler returns without a word. The queue has room for more in hand, so that the others go on; this
// one is never done, and never comes again while the channel is open.
import { setTimeout as sleep } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(100);

await channel.consume('orders', async function bill(message) {
  const { id } = JSON.parse(message.content);
  await sleep(1);
  if (id === FAULTY) {
    fault();
    return; // forgets the message
  }
  channel.ack(message);
});
stayAlive();
await sendOrders();
