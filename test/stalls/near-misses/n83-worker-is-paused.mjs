// worker.pause() after what it has in hand. Another process could take the jobs; there is none, and they wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { sendJobs, work } from '../support/bullmq.mjs';
import { watch } from '../support/orders.mjs';

const price = async () => {
  await sleep(1);
};
const worker = work('orders', price);
setTimeout(async () => {
  await worker.pause();
  watch();
}, 2000);
await sendJobs('orders');
