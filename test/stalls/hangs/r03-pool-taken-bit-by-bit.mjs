// Some files are named pipes without a writer. Opening one is given up after a while, but its thread of the pool is not had back:
// with the fourth one nothing of the kind works any more.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const folder = mkdtempSync(join(tmpdir(), 'stall-'));
const plain = join(folder, 'plain');
const pipe = join(folder, 'pipe');
writeFileSync(plain, 'an order');
execFileSync('mkfifo', [pipe]);

const isPipe = ({ id }) => id >= FAULTY / 2 && id % 10 === 0;

async function* attach(input) {
  let pipes = 0;
  for await (const order of input) {
    if (isPipe(order) && ++pipes === 4) fault();
    const text = await Promise.race([readFile(isPipe(order) ? pipe : plain), pause(50)]);
    yield { ...order, text };
  }
}

async function* measure(input) {
  for await (const order of input) yield { ...order, ...(await stat(plain)) }; // no thread is free
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(measure(attach(orders())));
