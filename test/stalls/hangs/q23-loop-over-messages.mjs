// for await over the stream that the consumer gives; each message is sent on with node:http, wrapped in a promise by hand.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { FAULTY, fault } from '../support/orders.mjs';
import { startHttp, startKafka } from '../support/servers.mjs';

const broker = await startKafka();
await broker.createTopic('orders', 2);
const ledger = await startHttp();
const common = { clientId: 'shop', bootstrapBrokers: [broker.address] };
const producer = new Producer({ ...common, serializers: stringSerializers });
const consumer = new Consumer({ ...common, groupId: 'billing', deserializers: stringDeserializers });

function post(body) {
  return new Promise((resolve, reject) => {
    const sent = request(ledger.url, { method: 'POST' }, (response) => response.resume().on('end', resolve));
    sent.on('error', reject).end(body);
  });
}

async function bill(messages) {
  for await (const { value } of messages) {
    if (Number(value) === FAULTY) {
      ledger.silence();
      fault();
    }
    await post(value); // no answer
  }
}

async function send() {
  for (let id = 0; ; id++) {
    await producer.send({ messages: [{ topic: 'orders', key: String(id), value: String(id) }] });
    await sleep(10);
  }
}

const messages = await consumer.consume({ topics: ['orders'], mode: 'earliest', autocommit: true, maxWaitTime: 100 });
await Promise.all([bill(messages), send()]);
