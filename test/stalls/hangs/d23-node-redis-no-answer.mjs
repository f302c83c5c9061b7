// A Redis that stops to answer, asked by the package redis from a TransformStream, in two layers of the project's own.
import { createClient } from 'redis';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';
import { redis } from '../support/redis.mjs';

const port = await redis((gets) => gets < FAULTY);
const client = await createClient({ socket: { host: '127.0.0.1', port } }).connect();

class Cache {
  async read(key) {
    return await client.get(key); // no answer
  }
}

class Prices {
  #cache = new Cache();

  async of(order) {
    const price = await this.#cache.read(`price:${order.id}`);
    return Number(price);
  }
}

class Enricher {
  #prices = new Prices();

  async transform(order, controller) {
    if (order.id === FAULTY) fault();
    controller.enqueue({ ...order, price: await this.#prices.of(order) });
  }
}

class Ledger {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Enricher()))
  .pipeTo(new WritableStream(new Ledger()));
