// Pages are rendered by a worker in a process of its own, which is killed in the middle of one and started again. The
// check that would give the job to somebody else is switched off.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { QueueEvents } from 'bullmq';
import { connection, queueOf } from '../support/bullmq.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';
import { runApart } from '../support/servers.mjs';

let renderer;

function startRenderer() {
  renderer = runApart('renderer.mjs', connection.port);
  renderer.on('exit', startRenderer);
}

startRenderer();
const queue = queueOf('pages');
const events = new QueueEvents('pages', { connection });
events.on('error', () => {});
await events.waitUntilReady();

class Render extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const job = await queue.add('page', { id: order.id, slow: order.id === FAULTY }, { removeOnComplete: 1000 });
    if (order.id === FAULTY) {
      fault();
      setTimeout(() => renderer.kill('SIGKILL'), 500);
    }
    await job.waitUntilFinished(events); // waits for the other process
    done(null, order);
  }
}

await pipeline(new Orders(), new Render(), new Store());
