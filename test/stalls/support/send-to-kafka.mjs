// Sends orders to a topic for ever, from a process of its own. Usage: send-to-kafka.mjs ADDRESS PARTITIONS
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

process.removeAllListeners('warning');
const [address, partitions] = process.argv.slice(2);
const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 1000 };
const producer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry }).producer({
  createPartitioner: Partitioners.DefaultPartitioner,
});
await producer.connect();
for (let id = 0; ; id++) {
  const message = { value: JSON.stringify({ id }), partition: id % Number(partitions) };
  await producer.send({ topic: 'orders', messages: [message] }).catch(() => {});
  await sleep(10);
}
