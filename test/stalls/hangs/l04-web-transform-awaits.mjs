// A TransformStream gives a promise that nobody can settle, and nothing else keeps the process alive.
import { FAULTY, fault } from '../support/orders.mjs';

let next = 0;
const source = new ReadableStream({
  async pull(controller) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.enqueue({ id: next++ });
  },
});
const enrich = new TransformStream({
  transform(order, controller) {
    controller.enqueue(order);
    if (order.id !== FAULTY) return undefined;
    fault();
    return new Promise(() => {});
  },
});
const store = new WritableStream({
  write: function store() {},
});

await source.pipeThrough(enrich).pipeTo(store);
