// A translator in a child answers line by line, until one sentence makes it wait for ever.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

const answers = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === '${FAULTY}') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    console.log(line.toUpperCase());
  });`;
const child = spawn(process.execPath, ['-e', answers], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout });

async function ask(text) {
  child.stdin.write(`${text}\n`);
  const [line] = await once(lines, 'line'); // no answer
  return line;
}

async function* translate(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    yield { ...order, text: await ask(order.id) };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

stayAlive();
await consume(translate(orders()));
