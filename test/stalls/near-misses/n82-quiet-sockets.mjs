// Subscriptions that live for days: a ping now and then, and a message when something happens.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { operator } from '@streamgauge/agent';
import { WebSocket, WebSocketServer } from 'ws';
import { stayAlive, watch } from '../support/orders.mjs';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(server, 'listening');
server.on('connection', (socket) => {
  let sent = 0;
  const timer = setInterval(() => {
    socket.send(String(sent++));
    if (sent === 100) clearInterval(timer);
  }, 10);
  setInterval(() => socket.ping(), 1000);
});

const apply = operator('apply', async (change) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return change;
});
const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
socket.on('message', (change) => void apply(change));

const child = spawn('sh', ['-c', 'echo ready; sleep 600'], { stdio: ['pipe', 'pipe', 'inherit'] });
createInterface({ input: child.stdout }).on('line', (line) => void apply(line));
stayAlive();
setTimeout(watch, 2000);
