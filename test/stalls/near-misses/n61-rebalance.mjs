// Another member takes half of the partitions for a while: nothing is read while the group is divided anew, twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, kafka, sendOrders } from '../support/kafka.mjs';
import { stayAlive, watch } from '../support/orders.mjs';

await broker.createTopic('orders', 4);

const timing = { heartbeatInterval: 500, sessionTimeout: 6000 };
const handler = {
  eachMessage: async function bill() {
    await sleep(1);
  },
};

async function joinForAWhile() {
  await sleep(2000);
  watch();
  const member = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 100, ...timing });
  await member.connect();
  await member.subscribe({ topic: 'orders', fromBeginning: true });
  await member.run(handler);
  await sleep(5000);
  await member.disconnect();
}

await consume(handler, timing);
stayAlive();
await Promise.all([sendOrders({ partitions: 4 }), joinForAWhile()]);
