// What the programs over RabbitMQ have in common: a broker of their own, and orders that go into a queue for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { startAmqp } from './amqp-server.mjs';

export const broker = await startAmqp();

export async function openChannel(queue) {
  const connection = await connect(broker.url);
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await channel.assertQueue(queue);
  return channel;
}

export async function sendOrders(pauseMs = 10) {
  const channel = await openChannel('orders');
  for (let id = 0; ; id++) {
    channel.sendToQueue('orders', Buffer.from(JSON.stringify({ id })));
    await sleep(pauseMs);
  }
}
