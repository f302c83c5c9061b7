// Ten at once, and then nothing for as long as the limit says.
import { setTimeout as sleep } from 'node:timers/promises';
import { sendJobs, work } from '../support/bullmq.mjs';
import { watch } from '../support/orders.mjs';

const call = async () => {
  await sleep(5);
};
work('calls', call, { limiter: { max: 10, duration: 4000 } });
setTimeout(watch, 2000);
await sendJobs('calls', { pauseMs: 50 });
