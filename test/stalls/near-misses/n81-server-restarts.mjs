// Redis is killed and started again within a second. What was to be done meanwhile is done after it.
import { setTimeout as sleep } from 'node:timers/promises';
import { redis, sendJobs, work } from '../support/bullmq.mjs';
import { watch } from '../support/orders.mjs';

const price = async () => {
  await sleep(1);
};
work('orders', price);
setTimeout(async () => {
  watch();
  await redis.kill();
  await sleep(600);
  await redis.start();
}, 3000);
await sendJobs('orders');
