// Every hundredth order needs four attempts, which takes a good second. All others of its partition wait for it.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { watch } from '../support/orders.mjs';

await broker.createTopic('orders', 1);
const attempts = new Map();

// The client counts all attempts of its life: with few it would give up some day.
const retry = { initialRetryTime: 150, maxRetryTime: 400, factor: 0, multiplier: 2, retries: 1_000_000 };
const handler = {
  eachMessage: async function bill({ message: { offset } }) {
    await sleep(1);
    if (Number(offset) % 100 !== 50) return;
    attempts.set(offset, (attempts.get(offset) ?? 0) + 1);
    if (attempts.get(offset) < 4) throw new Error('the account is in use');
  },
};
await consume(handler, { retry });
setTimeout(watch, 2000);
await sendOrders({ partitions: 1 });
