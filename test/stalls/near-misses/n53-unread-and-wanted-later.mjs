// Answers are fetched ahead, six at a time, and lie unread for a moment until it is their turn.
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { orders, watch } from '../support/orders.mjs';

const server = createServer((_request, response) => response.end('x'.repeat(200_000))).listen(0, '127.0.0.1');
await once(server, 'listening');
const agent = new Agent({ keepAlive: true, maxSockets: 6 });

async function* ask(input) {
  const ahead = [];
  for await (const order of input) {
    const question = get({ agent, host: '127.0.0.1', port: server.address().port, path: `/${order.id}` });
    ahead.push(once(question, 'response'));
    if (ahead.length < 6) continue;
    const [answer] = await ahead.shift();
    yield answer;
  }
}

async function read(input) {
  let bytes = 0;
  for await (const answer of input) {
    await pause(200);
    for await (const chunk of answer) bytes += chunk.length;
  }
  return bytes;
}

await everyday();
watch();
await read(ask(orders()));
