// The store connects lazily, for five seconds; the consumer waits until the broker has made its group. Orders pile up meanwhile.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { Orders, stayAlive, watch } from '../support/orders.mjs';

class LazyStore extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _construct(done) {
    setTimeout(done, 5000);
  }

  _write(_order, _encoding, done) {
    setImmediate(done);
  }
}

stayAlive();
watch();
await broker.createTopic('orders', 2);
await Promise.all([
  pipeline(new Orders(), new LazyStore()),
  sendOrders(),
  consume({
    eachMessage: async function bill() {
      await sleep(1);
    },
  }),
]);
