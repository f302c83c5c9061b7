// The only broker closes every connection and takes no new one.
import { setTimeout as sleep } from 'node:timers/promises';
import { broker, consume } from '../support/kafka.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';
import { runApart } from '../support/servers.mjs';

await broker.createTopic('orders', 2);
let seen = 0;

await consume({
  eachMessage: async function bill() {
    await sleep(1);
    if (++seen !== FAULTY) return;
    fault();
    void broker.down();
  },
});
stayAlive();
runApart('send-to-kafka.mjs', broker.address, 2);
