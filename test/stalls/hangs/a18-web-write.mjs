// The sink of Web Streams waits for a receipt that nobody sends.
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const receipts = new Map();

class Archive {
  async write(order) {
    await pause(1);
    if (order.id === FAULTY) {
      fault();
      await this.#receipt(order); // nobody sends it
    }
  }

  #receipt({ id }) {
    return new Promise((resolve) => receipts.set(id, resolve));
  }
}

class Price {
  transform(order, controller) {
    controller.enqueue({ ...order, price: 12 });
  }
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Price()))
  .pipeTo(new WritableStream(new Archive()));
