// An import that has ended, a nightly report that waits for its hour, an export that its user has paused, and a feed that goes on.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { Orders, orders, Store, stayAlive, watch } from '../support/orders.mjs';

async function* nights() {
  for (let night = 0; ; night++) {
    await sleep(night === 0 ? 10 : 86_400_000);
    yield night;
  }
}

async function report(input) {
  const write = operator('write report', (night) => sleep(10, night));
  for await (const night of input) await write(night);
}

function exportAll() {
  const source = new Orders();
  source.on('data', ({ id }) => {
    if (id === 100) source.pause();
  });
}

async function feed(input) {
  let sent = 0;
  for await (const _order of input) {
    if (++sent === 200) watch();
  }
}

stayAlive();
exportAll();
const importAll = pipeline(Readable.from(Array.from({ length: 200 }, (_, id) => ({ id }))), new Store());
await Promise.all([importAll, report(nights()), feed(orders())]);
