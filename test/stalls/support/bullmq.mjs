// What the programs over BullMQ have in common: a Redis of their own, and a job in the queue every few milliseconds.
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { startRedis } from './servers.mjs';

export const redis = await startRedis();
export const connection = { port: redis.port, host: '127.0.0.1' };
const keep = { removeOnComplete: true, removeOnFail: true };

export function queueOf(name) {
  const queue = new Queue(name, { connection, defaultJobOptions: keep });
  queue.on('error', () => {});
  return queue;
}

export async function sendJobs(name, { pauseMs = 10, dataOf = (id) => ({ id }), optionsOf = () => ({}) } = {}) {
  const queue = queueOf(name);
  for (let id = 0; ; id++) {
    await queue.add('order', dataOf(id), optionsOf(id)).catch(() => {});
    await sleep(pauseMs);
  }
}

export function work(name, processor, options = {}) {
  const worker = new Worker(name, processor, { connection, ...options });
  worker.on('error', () => {});
  return worker;
}
