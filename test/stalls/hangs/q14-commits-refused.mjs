// Each commit runs into a time-out of the broker: orders are billed, and billed again.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const OFFSET_COMMIT = 8;
const REQUEST_TIMED_OUT = 7;

await broker.createTopic('orders', 1);
let seen = 0;

await consume({
  eachMessage: async function bill() {
    await sleep(1);
    if (++seen !== FAULTY) return;
    fault();
    void broker.fail(OFFSET_COMMIT, 10_000, REQUEST_TIMED_OUT);
  },
});
stayAlive();
await sendOrders({ partitions: 1 });
