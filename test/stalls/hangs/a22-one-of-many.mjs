// Eight handlers at a time, and more than enough to do: one of them never settles, the other seven go on.

import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const approvals = new Map();

const handle = operator('handle', async (id) => {
  await pause(10);
  if (id === FAULTY) {
    fault();
    await approval(id); // nobody approves
  }
});

function approval(id) {
  return new Promise((resolve) => approvals.set(id, resolve));
}

let next = 0;

async function poll() {
  for (;;) await handle(next++);
}

await everyday();
await Promise.all(Array.from({ length: 8 }, poll));
