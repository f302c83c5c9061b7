// A recogniser in a child takes its time for every picture.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { orders, stayAlive, watch } from '../support/orders.mjs';

const answers = `
  console.log('ready');
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    setTimeout(() => console.log(line), 1100);
  });`;
const child = spawn(process.execPath, ['-e', answers], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout });
await once(lines, 'line');

async function* recognise(input) {
  for await (const order of input) {
    child.stdin.write(`${order.id}\n`);
    const [text] = await once(lines, 'line');
    if (order.id === 2) watch();
    yield { ...order, text };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(recognise(orders()));
