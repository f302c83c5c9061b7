// eachMessage forgets to await: the consumer goes on and commits, while everything that it has begun waits for a lock.
import { setTimeout as sleep } from 'node:timers/promises';
import { operator } from '@streamgauge/agent';
import { Mutex } from 'async-mutex';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

await broker.createTopic('orders', 2);
const ledger = new Mutex();

const save = operator('save', async (order) => {
  const release = await ledger.acquire(); // waits for the lock
  await sleep(1);
  if (order.id === FAULTY) {
    fault();
    throw new Error('the ledger is closed');
  }
  release();
});

await consume({
  eachMessage: async function bill({ message }) {
    save(JSON.parse(message.value)).catch(() => {});
  },
});
await sendOrders();
