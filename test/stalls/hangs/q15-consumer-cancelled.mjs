// The queue goes with the node that had it. The broker says so to its consumers, the client with a null in place of a message, which
// the handler leaves alone; the connection stays, and the queue that is made anew has no consumer.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, openChannel, sendOrders } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(10);
let seen = 0;

await channel.consume('orders', async function bill(message) {
  if (message === null) return;
  await sleep(1);
  channel.ack(message);
  if (++seen !== FAULTY) return;
  fault();
  broker.deleteQueue('orders');
});
stayAlive();
await sendOrders();
