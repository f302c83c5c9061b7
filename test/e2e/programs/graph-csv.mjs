// csv-parse -> stream-transform -> file, as a user writes it. Knows nothing of streamgauge.
// Goes on until standard input closes, so that its graph can be read while it runs.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse';
import { transform } from 'stream-transform';

const output = process.argv[2] ?? '/dev/null';

async function* orders() {
  let open = true;
  process.stdin.on('end', () => {
    open = false;
  });
  process.stdin.resume();
  yield 'id,amount\n';
  for (let id = 1; open; id++) {
    yield `${id},${id * 10}\n`;
    if (id % 50 === 0) await sleep(10);
  }
}

await pipeline(
  Readable.from(orders(), { objectMode: false }),
  parse({ columns: true }),
  transform((order) => `${JSON.stringify({ ...order, net: order.amount / 1.19 })}\n`),
  createWriteStream(output),
);
