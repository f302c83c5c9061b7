// Appends orders to a stream of Redis for ever, from a process of its own. Usage: send-to-redis.mjs PORT
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const client = new Redis({ port: Number(process.argv[2]), host: '127.0.0.1', maxRetriesPerRequest: null });
client.on('error', () => {});
for (let id = 0; ; id++) {
  await client.xadd('orders', '*', 'id', String(id)).catch(() => {});
  await sleep(10);
}
