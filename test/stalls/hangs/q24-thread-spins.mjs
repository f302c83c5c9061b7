// Pictures are made smaller in a thread. One of them has no size, and the loop there never comes to an end.
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { operator } from '@streamgauge/agent';
import { FAULTY, fault, Orders, Store, stayAlive } from '../support/orders.mjs';

const resize = operator('resize', (size) => {
  let result = size;
  while (!(result < 100)) result /= 2; // never gets smaller
  return result;
});

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));

  class Pictures extends Transform {
    constructor() {
      super({ objectMode: true });
    }

    async _transform(order, _encoding, done) {
      if (order.id === FAULTY) fault();
      thread.postMessage(order.id === FAULTY ? Number.NaN : 1000);
      const [size] = await once(thread, 'message');
      done(null, { ...order, size });
    }
  }

  stayAlive();
  await pipeline(new Orders(), new Pictures(), new Store());
} else parentPort.on('message', (size) => parentPort.postMessage(resize(size)));
