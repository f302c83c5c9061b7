// Orders of a customer who has gone are left alone, and nobody tells the broker; after ten of them it gives no more.
import { setTimeout as sleep } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const channel = await openChannel('orders');
const invoices = await openChannel('invoices');
await channel.prefetch(10);
let forgotten = 0;

await channel.consume('orders', async function bill(message) {
  const { id } = JSON.parse(message.content);
  await sleep(1);
  if (id >= FAULTY && id % 3 === 0) {
    if (++forgotten === 10) fault();
    return; // forgets the message
  }
  invoices.sendToQueue('invoices', message.content);
  channel.ack(message);
});
stayAlive();
await sendOrders();
