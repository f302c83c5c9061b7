// At SIGTERM the consumer is cancelled, and its 60 messages are done one after the other. A server for health checks stays.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openChannel, sendOrders } from '../support/amqp.mjs';
import { watch } from '../support/orders.mjs';

const channel = await openChannel('orders');
await channel.prefetch(60);
let draining = false;
let last = Promise.resolve();
createServer((_request, response) => response.writeHead(draining ? 503 : 200).end()).listen(0, '127.0.0.1');

async function bill(message) {
  await sleep(draining ? 150 : 10);
  channel.ack(message);
}

const { consumerTag } = await channel.consume('orders', (message) => {
  last = last.then(() => bill(message));
});

process.on('SIGTERM', async () => {
  draining = true;
  await channel.cancel(consumerTag);
  await last;
  await channel.close();
});

setTimeout(() => {
  watch();
  process.kill(process.pid, 'SIGTERM');
}, 2000);
await sendOrders(2);
