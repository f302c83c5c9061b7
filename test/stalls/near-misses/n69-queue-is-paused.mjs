// queue.pause(): jobs pile up, and no worker is given one. Another queue of the same process goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { queueOf, sendJobs, work } from '../support/bullmq.mjs';
import { watch } from '../support/orders.mjs';

const price = async () => {
  await sleep(1);
};
work('orders', price);
work('mails', price);
setTimeout(async () => {
  await queueOf('orders').pause();
  watch();
}, 2000);
await Promise.all([sendJobs('orders'), sendJobs('mails')]);
