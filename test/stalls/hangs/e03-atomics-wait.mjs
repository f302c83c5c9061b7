// Waits in a way that keeps the answer from ever coming.
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

const flag = new Int32Array(new SharedArrayBuffer(4));
let next = 0;

const source = new ReadableStream({
  async pull(controller) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.enqueue({ id: next++ });
  },
});
const encode = new TransformStream({
  transform(order, controller) {
    if (order.id === FAULTY) {
      fault();
      setImmediate(() => Atomics.store(flag, 0, 1));
      Atomics.wait(flag, 0, 0); // keeps the answer away
    }
    controller.enqueue(order);
  },
});

stayAlive();
await source.pipeThrough(encode).pipeTo(new WritableStream({ write: function store() {} }));
