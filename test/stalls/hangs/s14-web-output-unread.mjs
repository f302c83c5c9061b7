// What comes out of the last TransformStream is left to a reader that takes its time once and never comes back.
import { setTimeout as pause } from 'node:timers/promises';
import { FAULTY, fault, stayAlive } from '../support/orders.mjs';

let next = 0;
const source = new ReadableStream({
  async pull(controller) {
    await pause(5);
    controller.enqueue({ id: next++ });
  },
});

class Normaliser {
  transform(order, controller) {
    if (order.id === FAULTY - 1) fault();
    controller.enqueue({ ...order, at: Date.now() });
  }
}

class Price {
  transform(order, controller) {
    controller.enqueue({ ...order, price: 12 });
  }
}

stayAlive();
// Who was to read the output is not there yet: the way to it is as long as the queue of the last stage.
source
  .pipeThrough(new TransformStream(new Price()))
  .pipeThrough(new TransformStream(new Normaliser(), undefined, { highWaterMark: FAULTY }));
