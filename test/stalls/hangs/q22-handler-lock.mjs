// Orders lock the customer and then the account, refunds the account and then the customer. Each waits for the lock of the other.
import { setTimeout as sleep } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { openChannel } from '../support/amqp.mjs';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const [customer, account] = [new Mutex(), new Mutex()];

async function withBoth(first, second, id) {
  const releaseFirst = await first.acquire();
  // One order has so much to check that somebody else comes in between.
  if (id === FAULTY) {
    await sleep(100);
    fault();
  }
  const releaseSecond = await second.acquire(); // wants the other one
  releaseSecond();
  releaseFirst();
}

async function consume(queue, handle) {
  const channel = await openChannel(queue);
  await channel.prefetch(5);
  await channel.consume(queue, async (message) => {
    await handle(JSON.parse(message.content).id);
    channel.ack(message);
  });
}

await consume('orders', (id) => withBoth(customer, account, id));
await consume('refunds', (id) => withBoth(account, customer, id));
stayAlive();
const channel = await openChannel('orders');
for (let id = 0; ; id++) {
  for (const queue of ['orders', 'refunds']) channel.sendToQueue(queue, Buffer.from(JSON.stringify({ id })));
  await sleep(10);
}
