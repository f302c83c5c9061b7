// The processor is a file, which BullMQ runs in a child. There it waits for ever, and its lock is renewed for ever.
import { fileURLToPath } from 'node:url';
import { sendJobs, work } from '../support/bullmq.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const file = fileURLToPath(new URL('../support/processor.cjs', import.meta.url));
// The child is no part of what is watched.
const worker = work('orders', file, { workerForkOptions: { execArgv: [] } });
worker.on('active', ({ data: { id } }) => {
  if (id === FAULTY) fault();
});
await sendJobs('orders', { dataOf: (id) => ({ id, forEver: id === FAULTY }) });
