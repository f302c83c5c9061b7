// Each document goes through a process of its own that takes a second to start.
import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { orders, watch } from '../support/orders.mjs';

async function* convert(input) {
  for await (const order of input) {
    const converter = spawn('sh', ['-c', 'sleep 1; cat']);
    let text = '';
    const collected = new PassThrough();
    collected.on('data', (chunk) => {
      text += chunk;
    });
    await Promise.all([
      pipeline(Readable.from([JSON.stringify(order)]), converter.stdin),
      pipeline(converter.stdout, collected),
    ]);
    yield { ...order, text };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
watch();
await consume(convert(orders()));
