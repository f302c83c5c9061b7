// A poller without streams, its handler made an operator by hand.
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const answers = new Map();

const handle = operator('handle', async (order) => {
  if (order.id === FAULTY) {
    fault();
    await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
  }
});

stayAlive();
for (let id = 0; ; id++) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await handle({ id });
}
