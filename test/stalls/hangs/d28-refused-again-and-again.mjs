// A service that is out of order says so to every attempt, and every attempt is made again after a while.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const LONGEST_MS = 400;
let calls = 0;
const server = createServer((_request, response) => {
  response.statusCode = calls++ < FAULTY ? 200 : 503;
  response.end('{"price":12}');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

async function priceOf() {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
  if (!answer.ok) throw new Error(`the service says ${answer.status}`);
  return (await answer.json()).price;
}

async function withRetries(work) {
  for (let waitMs = 50; ; waitMs = Math.min(LONGEST_MS, waitMs * 2)) {
    try {
      return await work(); // refused
    } catch {
      await pause(waitMs);
    }
  }
}

async function enrich(order) {
  if (order.id === FAULTY) fault();
  return { ...order, price: await withRetries(priceOf) };
}

await everyday();
new Orders().map(enrich).pipe(new Store());
