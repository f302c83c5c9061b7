// The lines of a small file have gone by the time the loop asks for them: between the two something else is awaited.
import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const path = join(mkdtempSync(join(tmpdir(), 'stall-')), 'orders.csv');
writeFileSync(path, 'one\ntwo\nthree\n');

const customers = new Map();

/** Known ones cost no time. */
function customerOf(id) {
  return id < FAULTY / 4 ? undefined : pause(100).then(() => customers.set(id, 'a customer'));
}

const importFile = operator('importFile', async (id) => {
  const lines = createInterface({ input: createReadStream(path) });
  const slow = customerOf(id);
  if (slow !== undefined) {
    fault();
    await slow;
  }
  let seen = 0;
  for await (const _line of lines) seen++; // they have gone
  return seen;
});

stayAlive();
for (let id = 0; ; id++) {
  await importFile(id);
  await pause(20);
}
