// Each picture keeps a thread busy for seven tenths of a second. The main thread only waits and hands out.
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { operator } from '@streamgauge/agent';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

const resize = operator('resize', (id) => {
  const untilMs = performance.now() + 700;
  let pixel = 0;
  while (performance.now() < untilMs) pixel = (pixel * 31 + id) % 1009;
  return pixel;
});

if (isMainThread) {
  class Pictures extends Transform {
    #thread = new Worker(new URL(import.meta.url));

    constructor() {
      super({ objectMode: true });
    }

    async _transform(order, _encoding, done) {
      if (order.id === 2) watch();
      this.#thread.postMessage(order.id);
      const [pixel] = await once(this.#thread, 'message');
      done(null, { ...order, pixel });
    }
  }

  stayAlive();
  await Promise.all(Array.from({ length: 2 }, () => pipeline(new Orders(), new Pictures(), new Store())));
} else parentPort.on('message', (id) => parentPort.postMessage(resize(id)));
