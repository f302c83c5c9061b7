// Many wait for one lock (async-mutex), each for longer than the threshold; it goes from one to the next all the time.

import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { Mutex } from 'async-mutex';
import { everyday } from '../support/everyday.mjs';
import { watch } from '../support/orders.mjs';

const lock = new Mutex();
const handle = operator('handle', (_id) => lock.runExclusive(() => pause(250)));

let next = 0;

async function poll() {
  for (;;) await handle(next++);
}

await everyday();
watch();
await Promise.all(Array.from({ length: 12 }, poll));
