// A blocking poll has a connection of its own, and its answer is owed for as long as nothing comes. The others get theirs.

import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Redis } from 'ioredis';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';
import { redis } from '../support/redis.mjs';

const port = await redis();
const client = new Redis({ host: '127.0.0.1', port });
const poller = client.duplicate();

async function takeCommands() {
  for (;;) await poller.blpop('commands', 4);
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    done(null, { ...order, price: await client.get(`price:${order.id}`) });
  }
}

await everyday();
void takeCommands();
watch();
await pipeline(new Orders(), new Enrich(), new Store());
