// What the programs over Kafka have in common: a broker of their own, and orders that go into a topic for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { startKafka } from './servers.mjs';

// Its timers are told to wait until a time that has passed, of which newer versions of Node.js warn.
process.removeAllListeners('warning');

export const broker = await startKafka();

export const kafka = new Kafka({
  brokers: [broker.address],
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 1000 },
});

/** Sends an order every few milliseconds, by turns to each partition. */
export async function sendOrders({ partitions = 2, pauseMs = 10, partitionOf = (id) => id % partitions } = {}) {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let id = 0; ; id++) {
    const message = { value: JSON.stringify({ id }), partition: partitionOf(id) };
    await producer.send({ topic: 'orders', messages: [message] }).catch(() => {});
    await sleep(pauseMs);
  }
}

export async function consume(handler, options = {}) {
  const consumer = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 100, heartbeatInterval: 500, ...options });
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  await consumer.run(handler);
  return consumer;
}
