// One customer orders more than all others, and the orders of one partition are handled one after the other: it lags, and goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { watch } from '../support/orders.mjs';

await broker.createTopic('orders', 3);
let seen = 0;

await consume({
  partitionsConsumedConcurrently: 3,
  eachMessage: async function bill() {
    await sleep(20);
    if (++seen === 50) watch();
  },
});
await sendOrders({ pauseMs: 5, partitionOf: (id) => (id % 50 === 0 ? (id / 50) % 2 : 2) });
