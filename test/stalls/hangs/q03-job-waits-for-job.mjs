// An order of several parts adds one job for each to its own queue and waits for them; with as many such orders as slots nobody
// is left to do the parts.
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueEvents } from 'bullmq';
import { connection, queueOf, sendJobs, work } from '../support/bullmq.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const queue = queueOf('orders');
const events = new QueueEvents('orders', { connection });
events.on('error', () => {});

async function assemble({ data: { id, part } }) {
  if (part || id < FAULTY) return;
  if (id === FAULTY) fault();
  // It takes a while to divide an order.
  await sleep(50);
  const job = await queue.add('part', { id, part: true });
  await job.waitUntilFinished(events); // waits for its part
}

work('orders', assemble, { concurrency: 2 });
await sendJobs('orders');
