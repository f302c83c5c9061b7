// A long poll that takes longer than the threshold every time.
import { stayAlive, watch } from '../support/orders.mjs';

async function* poll() {
  for (let id = 0; ; id++) {
    await new Promise((resolve) => setTimeout(resolve, id < 50 ? 5 : 5000));
    if (id === 50) watch();
    yield { id };
  }
}

async function* enrich(input) {
  for await (const order of input) yield { ...order, price: 1 };
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(enrich(poll()));
