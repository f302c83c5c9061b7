// RabbitMQ is restarted. What sends connects again; what takes was never told to, and its client library does not do it by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, openChannel } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(10);
let seen = 0;
let lost = false;
channel.on('close', () => {
  lost = true;
});

await channel.consume('orders', async function bill(message) {
  await sleep(1);
  if (lost) return;
  channel.ack(message);
  if (++seen !== FAULTY) return;
  fault();
  broker.restart();
});

async function sendOrders() {
  let sender = await openChannel('orders');
  for (let id = 0; ; id++) {
    try {
      sender.sendToQueue('orders', Buffer.from(JSON.stringify({ id })));
    } catch {
      // It is closed: once more from the beginning.
      sender = await openChannel('orders').catch(() => sender);
    }
    await sleep(10);
  }
}

stayAlive();
await sendOrders();
