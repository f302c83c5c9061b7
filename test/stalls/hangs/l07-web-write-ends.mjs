// The sink of Web Streams waits for a receipt that nobody can give, nothing else is going on, and the process ends.
import { setTimeout as pause } from 'node:timers/promises';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Receipts {
  #waiting = [];

  of(order) {
    return new Promise((resolve) => {
      if (order.id < FAULTY) resolve();
      else this.#waiting.push(resolve);
    });
  }
}

const receipts = new Receipts();

class Archive {
  async write(order) {
    await pause(1);
    if (order.id === FAULTY) fault();
    await receipts.of(order); // nobody gives it
  }
}

await ReadableStream.from(orders()).pipeTo(new WritableStream(new Archive()));
