// Ticks come over a WebSocket for ever; each is confirmed over a second one, whose server has forgotten one of the questions.
import { once } from 'node:events';
import { operator } from '@streamgauge/agent';
import { WebSocket, WebSocketServer } from 'ws';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(server, 'listening');
server.on('connection', (socket, { url }) => {
  let id = 0;
  if (url === '/ticks') setInterval(() => socket.send(String(id++)), 10);
  else socket.on('message', (question) => Number(question) !== FAULTY && socket.send(`confirmed ${question}`));
});
const address = `ws://127.0.0.1:${server.address().port}`;
const [ticks, confirmations] = [new WebSocket(`${address}/ticks`), new WebSocket(`${address}/confirm`)];
await once(confirmations, 'open');

const waiting = new Map();
confirmations.on('message', (answer) => {
  const id = Number(String(answer).split(' ')[1]);
  waiting.get(id)?.(answer);
  waiting.delete(id);
});

function confirm(id) {
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    confirmations.send(String(id));
  });
}

const check = operator('check', async (id) => {
  if (id === FAULTY) fault();
  await confirm(id); // no reply
});

// One after the other, as they come.
let before = Promise.resolve();
ticks.on('message', (tick) => {
  before = before.then(() => check(Number(tick)));
});
stayAlive();
