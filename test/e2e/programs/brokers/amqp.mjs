/**
 * One process of a pipeline over RabbitMQ: orders -> bill -> invoices -> book.
 *
 * usage: node amqp.mjs <producer|stage|sink> <port>
 * A line on stdin changes what it does: "hang" lets the handler wait until "go on"; "twice" acknowledges one message twice, for which
 * the broker closes the channel; "cancel" ends the consumer.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';

const [role, port] = process.argv.slice(2);
const connection = await connect(`amqp://127.0.0.1:${port}`);
connection.on('error', () => {});
const told = { hang: false, twice: false };
const waiting = [];

async function openChannel(queue) {
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue(queue);
  return channel;
}

async function produce() {
  const channel = await openChannel('orders');
  for (let number = 0; ; number++) {
    await sleep(20);
    try {
      channel.sendToQueue('orders', Buffer.from(String(number)));
    } catch {
      // The broker is gone: it tries again, and nothing else.
    }
  }
}

async function consume(queue, handle) {
  const channel = await openChannel(queue);
  await channel.prefetch(5);
  const { consumerTag } = await channel.consume(queue, async function take(message) {
    await handle(message);
    channel.ack(message);
    if (!told.twice) return;
    told.twice = false;
    channel.ack(message);
  });
  createInterface({ input: process.stdin }).on('line', (line) => {
    told[line] = true;
    if (line === 'cancel') void channel.cancel(consumerTag);
    if (line !== 'go on') return;
    told.hang = false;
    for (const resolve of waiting.splice(0)) resolve();
  });
}

process.on('unhandledRejection', () => {});
if (role === 'producer') await produce();
else if (role === 'stage') {
  const invoices = await openChannel('invoices');
  await consume('orders', async function bill(message) {
    // Somebody holds the other end, as a pool or a pending request would.
    if (told.hang) await new Promise((resolve) => waiting.push(resolve)); // the hanging line
    invoices.sendToQueue('invoices', message.content);
    await sleep(1);
  });
} else await consume('invoices', () => sleep(2));
