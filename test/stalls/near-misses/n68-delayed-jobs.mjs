// Reminders for tomorrow: the worker has nothing to do, and the queue is not empty.
import { setTimeout as sleep } from 'node:timers/promises';
import { queueOf, work } from '../support/bullmq.mjs';
import { stayAlive, watch } from '../support/orders.mjs';

const queue = queueOf('reminders');

work('reminders', async function remind() {
  await sleep(1);
});
for (let id = 0; id < 100; id++) {
  await queue.add('now', { id });
  await queue.add('later', { id }, { delay: 86_400_000 });
  await sleep(10);
}
watch();
stayAlive();
