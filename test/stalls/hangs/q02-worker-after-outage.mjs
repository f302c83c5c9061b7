// BullMQ 6.1.2: an outage longer than a blocking read lets the client of the worker wait for ever for a timer that it has cleared.
import { setTimeout as sleep } from 'node:timers/promises';
import { instrument } from '@streamgauge/agent';
import { Queue, Worker } from 'bullmq-612';
import { fault } from '../support/orders.mjs';
import { startRedis } from '../support/servers.mjs';

const redis = await startRedis();
const connection = { port: redis.port, host: '127.0.0.1' };
const queue = new Queue('orders', { connection });
queue.on('error', () => {});

async function price({ data: { id } }) {
  await sleep(1);
  return { id, price: 1 };
}

// The package has another name here than the one by which the agent knows it.
const worker = instrument(new Worker('orders', price, { connection, drainDelay: 1 }));
worker.on('error', () => {});

async function sendJobs() {
  for (let id = 0; ; id++) {
    await queue.add('order', { id }, { removeOnComplete: true }).catch(() => {});
    // Seldom enough for the worker to wait for the next one.
    await sleep(100);
  }
}

setTimeout(async () => {
  fault();
  await redis.kill();
  // A little longer than its blocking read of one second, and a second.
  await sleep(2500);
  await redis.start();
}, 3000);
await sendJobs();
