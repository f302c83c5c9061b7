// The handler throws for one message, each time; the client tries it again, for as long as it was told to.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

await broker.createTopic('orders', 1);
let told = false;

async function book(order) {
  await sleep(1);
  if (order.id !== FAULTY) return;
  if (!told) fault();
  told = true;
  throw new Error(`order ${order.id} cannot be booked`);
}

await consume(
  {
    eachMessage: async function bill({ message }) {
      await book(JSON.parse(message.value));
    },
  },
  { retry: { initialRetryTime: 100, maxRetryTime: 300, retries: 1_000_000 } },
);
stayAlive();
await sendOrders({ partitions: 1 });
