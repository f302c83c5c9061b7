// Each customer has a lock. An order that fails leaves the one of its customer locked; the next order of that customer waits for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

await broker.createTopic('orders', 3);
const locks = new Map();

async function book(id) {
  const customer = id % 3;
  if (!locks.has(customer)) locks.set(customer, new Mutex());
  const release = await locks.get(customer).acquire(); // left locked
  await sleep(1);
  if (id === FAULTY) throw new Error('no such account');
  release();
}

await consume({
  partitionsConsumedConcurrently: 3,
  eachMessage: async function bill({ message }) {
    const { id } = JSON.parse(message.value);
    if (id === FAULTY + 3) fault();
    await book(id).catch(() => {});
  },
});
await sendOrders({ partitions: 3 });
