// A limiter of two: two tasks hold both slots and ask for a third one.
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

function createLimit(most) {
  let active = 0;
  const waiting = [];
  return async (work) => {
    if (active >= most) await new Promise((resolve) => waiting.push(resolve)); // waits for a slot
    active++;
    try {
      return await work();
    } finally {
      active--;
      waiting.shift()?.();
    }
  };
}

const limit = createLimit(2);
const handle = operator('handle', (id) =>
  limit(async () => {
    if (id >= FAULTY) {
      if (id === FAULTY) fault();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await limit(async () => id); // waits for a slot
    }
  }),
);

stayAlive();
for (let id = 0; ; id += 2) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all([handle(id), handle(id + 1)]);
}
