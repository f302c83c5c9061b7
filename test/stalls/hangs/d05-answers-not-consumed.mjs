// An agent of node:http with four connections. Answers that say "no" are left as they are, and each keeps its connection.
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const server = createServer(({ url }, response) => {
  response.statusCode = Number(url.slice(1)) < FAULTY ? 200 : 404;
  response.end('x'.repeat(300_000));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

async function exists(order) {
  if (order.id === FAULTY + 4) fault();
  const question = get({ agent, host: '127.0.0.1', port: server.address().port, path: `/${order.id}` });
  const [answer] = await once(question, 'response'); // all connections have answers in them
  if (answer.statusCode !== 200) return false;
  for await (const _chunk of answer);
  return true;
}

async function* check(input) {
  for await (const order of input) if (await exists(order)) yield order;
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(check(orders()));
