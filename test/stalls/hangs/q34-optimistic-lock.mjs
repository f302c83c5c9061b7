// WATCH, read, MULTI, EXEC, again from the start when the stock has changed. The stock of one article is rewritten all the time.
import { operator } from '@streamgauge/agent';
import { FAULTY, fault } from '../support/orders.mjs';
import { clientOf } from '../support/redis-streams.mjs';

const [client, other] = [clientOf(), clientOf()];

async function rewrite() {
  for (;;) await other.incr('stock:rare');
}

const reserve = operator('reserve', async (article) => {
  for (;;) {
    await client.watch(`stock:${article}`);
    const stock = Number(await client.get(`stock:${article}`));
    await new Promise((resolve) => setTimeout(resolve, 2));
    const done = await client
      .multi()
      .set(`stock:${article}`, stock - 1)
      .exec(); // never unchanged
    if (done !== null) return stock;
  }
});

for (let id = 0; ; id++) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (id === FAULTY) {
    fault();
    void rewrite();
  }
  await reserve(id === FAULTY ? 'rare' : `article-${id % 10}`);
}
