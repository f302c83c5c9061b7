// Every tenth job fails three times, and is done at the fourth attempt. The others go on meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { sendJobs, work } from '../support/bullmq.mjs';
import { watch } from '../support/orders.mjs';

async function call({ data: { id }, attemptsMade }) {
  await sleep(1);
  if (id % 10 === 0 && attemptsMade < 3) throw new Error('too many requests');
}

work('calls', call, { concurrency: 2 });
setTimeout(watch, 2000);
const optionsOf = () => ({ attempts: 5, backoff: { type: 'exponential', delay: 800 } });
await sendJobs('calls', { pauseMs: 30, optionsOf });
