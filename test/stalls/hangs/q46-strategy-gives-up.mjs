// The client was told to try three times. Redis is away for a little longer than that, and nobody hears that the client has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';
import { clientOf, createGroup, redis, sendOrders } from '../support/redis-streams.mjs';

const reader = new Redis({
  port: redis.port,
  host: '127.0.0.1',
  maxRetriesPerRequest: null,
  retryStrategy: (times) => (times > 3 ? null : 50),
});
reader.on('error', () => {});
const writer = clientOf();
await createGroup('orders', 'billing');

async function bill() {
  for (;;) {
    const read = ['GROUP', 'billing', 'one', 'COUNT', 5, 'BLOCK', 1000, 'STREAMS', 'orders', '>'];
    const answer = await reader.xreadgroup(...read).catch(() => sleep(200).then(() => null));
    for (const [id, fields] of answer?.[0][1] ?? []) {
      await sleep(1);
      await writer.xack('orders', 'billing', id);
      if (Number(fields[1]) !== FAULTY) continue;
      fault();
      setTimeout(async () => {
        await redis.kill();
        await sleep(1500);
        await redis.start();
      });
    }
  }
}

stayAlive();
await Promise.all([bill(), sendOrders()]);
