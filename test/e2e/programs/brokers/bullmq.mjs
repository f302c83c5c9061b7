/**
 * One process of a pipeline over BullMQ: orders -> bill -> invoices -> book.
 *
 * usage: node bullmq.mjs <producer|stage|sink> <port>
 * A line on stdin changes what it does: "hang" lets the handler wait from the next job on, "go on" ends that, "pause" pauses
 * the worker, "resume" lets it go on.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents, Worker } from 'bullmq';

const [role, port] = process.argv.slice(2);
const connection = { port: Number(port), host: '127.0.0.1' };
const options = { removeOnComplete: true, removeOnFail: true };
const waiting = [];
let hangs = false;

function queueOf(name) {
  const queue = new Queue(name, { connection });
  queue.on('error', () => {});
  return queue;
}

async function produce() {
  const orders = queueOf('orders');
  for (let number = 0; ; number++) {
    await sleep(20);
    await orders.add('order', { number }, options).catch(() => {});
  }
}

function consume(name, handle) {
  const worker = new Worker(name, handle, { connection, runRetryDelay: 500, drainDelay: 1 });
  worker.on('error', () => {});
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'hang') hangs = true;
    if (line === 'go on') {
      hangs = false;
      for (const goOn of waiting.splice(0)) goOn();
    }
    if (line === 'pause') void worker.pause();
    if (line === 'resume') void worker.resume();
  });
}

if (role === 'producer') await produce();
else if (role === 'stage') {
  const invoices = queueOf('invoices');
  const bill = async (job) => {
    // Somebody holds the other end, as a pool or a pending request would.
    if (hangs) await new Promise((resolve) => waiting.push(resolve)); // the hanging line
    // What it gives after it has waited is its doing all the same.
    await sleep(1);
    await invoices.add('invoice', job.data, options);
  };
  consume('orders', bill);
} else {
  // What BullMQ tells of its jobs through a stream of Redis is no dataflow of its own.
  new QueueEvents('invoices', { connection }).on('error', () => {});
  const book = async () => {
    await sleep(2);
  };
  consume('invoices', book);
}
