// The server's process is stopped between two reads. What is sent is taken by the system, and nobody answers.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';
import { runApart, startRedis } from '../support/servers.mjs';

const server = await startRedis();
const [reader, writer] = await Promise.all(
  [0, 1].map(async () => {
    const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
    client.on('error', () => {});
    return client.connect();
  }),
);
await writer.xGroupCreate('orders', 'billing', '0', { MKSTREAM: true });

async function bill({ id, message }) {
  await sleep(1);
  await writer.xAck('orders', 'billing', id);
  if (Number(message.id) !== FAULTY) return;
  fault();
  server.stop();
}

async function consume() {
  for (;;) {
    const source = { key: 'orders', id: '>' };
    const [stream] = (await reader.xReadGroup('billing', 'one', source, { COUNT: 1, BLOCK: 1000 })) ?? [];
    for (const entry of stream?.messages ?? []) await bill(entry);
  }
}

stayAlive();
runApart('send-to-redis.mjs', server.port);
await consume();
