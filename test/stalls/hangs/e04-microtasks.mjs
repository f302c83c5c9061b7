// Polls a flag with promises only: no timer and no socket ever gets its turn.
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

let ready = true;

const handle = operator('handle', async (order) => {
  if (order.id === FAULTY) {
    fault();
    ready = false;
    setTimeout(() => {
      ready = true;
    }, 10);
  }
  while (!ready) await null; // never leaves the turn
});

stayAlive();
for (let id = 0; ; id++) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await handle({ id });
}
