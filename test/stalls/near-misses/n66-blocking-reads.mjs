// BRPOP and XREAD without a limit of time: they flow for a second, and then nothing comes any more.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { stayAlive, watch } from '../support/orders.mjs';
import { clientOf, redis } from '../support/redis-streams.mjs';

const [popper, writer] = [clientOf(), clientOf()];
const reader = await createClient({ url: `redis://127.0.0.1:${redis.port}` }).connect();

async function* popped() {
  for (;;) yield (await popper.brpop('mails', 0))[1];
}

async function mail(input) {
  for await (const text of input) await writer.incr(`mails of ${text}`);
}

async function follow() {
  for (let id = '$'; ; ) {
    const [stream] = await reader.xRead({ key: 'events', id }, { BLOCK: 0 });
    for (const entry of stream.messages) id = entry.id;
  }
}

async function send() {
  for (let id = 0; id < 100; id++) {
    await writer.lpush('mails', String(id % 10));
    await writer.xadd('events', '*', 'id', String(id));
    await sleep(10);
  }
  watch();
}

stayAlive();
await Promise.all([mail(popped()), follow(), send()]);
