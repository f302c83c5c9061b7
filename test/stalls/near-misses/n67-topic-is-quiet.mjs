// Both clients fetch and wait, again and again, for as long as the broker lets them.
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { broker, consume, kafka } from '../support/kafka.mjs';
import { stayAlive, watch } from '../support/orders.mjs';

await broker.createTopic('orders', 2);
const producer = kafka.producer();
await producer.connect();
const common = { clientId: 'archive', groupId: 'archive', bootstrapBrokers: [broker.address] };
const archive = new Consumer({ ...common, deserializers: stringDeserializers });

async function keep(messages) {
  for await (const _message of messages) await sleep(1);
}

async function send() {
  for (let id = 0; id < 200; id++) {
    await producer.send({ topic: 'orders', messages: [{ value: String(id), partition: id % 2 }] });
    await sleep(10);
  }
  await sleep(1000);
  watch();
}

const handler = {
  eachMessage: async function bill() {
    await sleep(1);
  },
};
await consume(handler, { maxWaitTimeInMs: 5000 });
const messages = await archive.consume({ topics: ['orders'], mode: 'earliest', autocommit: true, maxWaitTime: 5000 });
stayAlive();
await Promise.all([keep(messages), send()]);
