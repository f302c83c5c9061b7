// A generator that asks a server line by line; the server stops to answer.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const server = createServer((socket) => {
  let seen = 0;
  createInterface({ input: socket }).on('line', (line) => {
    if (seen++ < FAULTY) socket.write(`${line}\n`);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const socket = connect(server.address().port, '127.0.0.1');
socket.setEncoding('utf8');

async function ask(id) {
  socket.write(`${id}\n`);
  const [answer] = await once(socket, 'data'); // no answer
  return answer;
}

async function* enrich(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    yield { ...order, answer: await ask(order.id) };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(enrich(orders()));
