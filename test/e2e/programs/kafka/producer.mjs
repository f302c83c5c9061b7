// Sends an order every few milliseconds, for ever. Knows nothing of streamgauge.
import { setTimeout as wait } from 'node:timers/promises';
import { kafka } from './client.mjs';

const producer = kafka.producer();
await producer.connect();
for (let order = 0; ; order++) {
  await producer.send({ topic: 'orders', messages: [{ value: String(order), partition: order % 2 }] }).catch(() => {});
  await wait(10);
}
