// One connection to Redis for everything: when somebody begins to wait for a list on it, all the other commands wait behind that.

import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Redis } from 'ioredis';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';
import { redis } from '../support/redis.mjs';

const client = new Redis({ host: '127.0.0.1', port: await redis() });

async function takeCommands() {
  for (;;) await client.blpop('commands', 0);
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      void takeCommands();
    }
    const price = await client.get(`price:${order.id}`); // behind the blocking one
    done(null, { ...order, price });
  }
}

await everyday();
await pipeline(new Orders(), new Enrich(), new Store());
