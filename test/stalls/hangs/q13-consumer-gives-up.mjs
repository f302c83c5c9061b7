// The rights of the group are wrong for a moment. The client takes that for beyond repair, leaves, and does not come back.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume, sendOrders } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const HEARTBEAT = 12;
const GROUP_AUTHORIZATION_FAILED = 30;

await broker.createTopic('orders', 2);
let seen = 0;

await consume({
  eachMessage: async function bill() {
    await sleep(1);
    if (++seen !== FAULTY) return;
    fault();
    void broker.fail(HEARTBEAT, 1, GROUP_AUTHORIZATION_FAILED);
  },
});
stayAlive();
await sendOrders();
