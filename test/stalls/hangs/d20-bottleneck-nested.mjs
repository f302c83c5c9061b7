// Calls are limited by bottleneck to one at a time; a call that is told to go elsewhere makes its second call within the first.

import { setTimeout as pause } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import Bottleneck from 'bottleneck';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const limiter = new Bottleneck({ maxConcurrent: 1 });

function call(path) {
  return limiter.schedule(async () => {
    await pause(1);
    if (!path.startsWith('/moved')) return path;
    return await call('/here'); // waits until this one is done
  });
}

const notify = operator('notify', async (id) => {
  if (id === FAULTY) fault();
  await call(id === FAULTY ? '/moved' : `/orders/${id}`);
});

await everyday();
for (let id = 0; ; id++) {
  await notify(id);
  await pause(5);
}
