// The same with Web Streams.
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const answers = new Map();
let next = 0;

const source = new ReadableStream({
  async pull(controller) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.enqueue({ id: next++ });
  },
});
const enrich = new TransformStream({
  async transform(order, controller) {
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
    controller.enqueue(order);
  },
});
const store = new WritableStream({
  write: function store() {},
});

stayAlive();
await source.pipeThrough(enrich).pipeTo(store);
