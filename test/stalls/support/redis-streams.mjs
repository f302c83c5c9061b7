// What the programs over Redis Streams have in common: a server of their own, and orders that go into a stream for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from './servers.mjs';

export const redis = await startRedis();

export function clientOf() {
  const client = new Redis({ port: redis.port, host: '127.0.0.1', maxRetriesPerRequest: null });
  client.on('error', () => {});
  return client;
}

export async function sendOrders(pauseMs = 10) {
  const client = clientOf();
  for (let id = 0; ; id++) {
    await client.xadd('orders', '*', 'id', String(id)).catch(() => {});
    await sleep(pauseMs);
  }
}

export async function createGroup(stream, group) {
  const client = clientOf();
  await client.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch(() => {});
  client.disconnect();
}

/** Entries of a stream for a member of a group, one after the other. */
export async function* entriesOf(client, stream, group) {
  for (;;) {
    const read = ['GROUP', group, 'one', 'COUNT', 5, 'BLOCK', 1000, 'STREAMS', stream, '>'];
    const answer = await client.xreadgroup(...read).catch(() => sleep(100).then(() => null));
    for (const [id, fields] of answer?.[0][1] ?? []) yield { id, order: Number(fields[1]) };
  }
}
