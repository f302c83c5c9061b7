// One order has no customer. A TypeError counts as beyond repair: the consumer leaves its group, and the process goes on without it.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

await broker.createTopic('orders', 2);
const customers = new Map(Array.from({ length: FAULTY }, (_, id) => [id, { name: `customer ${id}` }]));

await consume({
  eachMessage: async function bill({ message }) {
    const { id } = JSON.parse(message.value);
    await sleep(1);
    if (id === FAULTY) fault();
    customers.get(id).name.toUpperCase(); // has no customer
  },
});
stayAlive();
await sendOrders();
