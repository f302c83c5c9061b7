// An order that is paid twice is acknowledged twice. The broker closes the channel for it; the connection and the process stay, and the
// project takes notice of neither.
import { setTimeout as sleep } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(10);

await channel.consume('orders', async function bill(message) {
  const { id } = JSON.parse(message.content);
  await sleep(1);
  try {
    channel.ack(message);
    if (id !== FAULTY) return;
    fault();
    channel.ack(message); // once more
  } catch {
    // The channel is closed.
  }
});
stayAlive();
await sendOrders();
