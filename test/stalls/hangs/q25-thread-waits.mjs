// The thread asks the main thread for prices. A question that comes while the list is renewed is dropped.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { FAULTY, fault, orders, stayAlive } from '../support/orders.mjs';

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));
  thread.on('message', (id) => {
    if (id !== FAULTY) thread.postMessage({ price: id % 10 });
    else fault();
  });
  stayAlive();
} else {
  const priceOf = async (id) => {
    parentPort.postMessage(id);
    const [{ price }] = await once(parentPort, 'message'); // nobody replies
    return price;
  };

  async function* enrich(input) {
    for await (const order of input) yield { ...order, price: await priceOf(order.id) };
  }

  async function consume(input) {
    let sum = 0;
    for await (const { price } of input) sum += price;
    return sum;
  }

  stayAlive();
  await consume(enrich(orders()));
}
