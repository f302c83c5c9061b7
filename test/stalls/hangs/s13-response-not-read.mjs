// Waits for the end of an answer whose body nobody reads.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const server = createServer((_request, response) => response.end('x'.repeat(500_000))).listen(0, '127.0.0.1');
await once(server, 'listening');

async function notify(order) {
  const [answer] = await once(
    get({ host: '127.0.0.1', port: server.address().port, path: `/${order.id}` }),
    'response',
  );
  if (order.id !== FAULTY) answer.resume();
  else fault();
  await once(answer, 'end'); // nobody reads it
}

async function* recent(input) {
  for await (const order of input) if (order.id % 2 === 0) yield order;
}

async function* notifyEach(input) {
  for await (const order of input) {
    await notify(order);
    yield order;
  }
}

async function count(input) {
  let seen = 0;
  for await (const _order of input) if (++seen % 50 === 0) await pause(1);
}

await everyday();
await count(notifyEach(recent(orders())));
