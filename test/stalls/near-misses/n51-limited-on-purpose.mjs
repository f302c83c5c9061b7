// bottleneck lets one call pass in a second: a queue of them waits on purpose, and moves.
import Bottleneck from 'bottleneck';
import { everyday } from '../support/everyday.mjs';
import { orders, watch } from '../support/orders.mjs';

const limiter = new Bottleneck({ maxConcurrent: 4, minTime: 1000 });

async function* notify(input) {
  for await (const order of input) yield await limiter.schedule(async () => ({ ...order, isSent: true }));
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
watch();
await consume(notify(orders()));
