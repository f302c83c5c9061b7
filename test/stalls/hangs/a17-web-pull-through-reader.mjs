// A stage of Web Streams that is written by hand: its pull() takes a chunk from the stage before and then awaits what never comes.
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault } from '../support/orders.mjs';

const answers = new Map();
let next = 0;

const feed = new ReadableStream({
  async pull(controller) {
    await pause(5);
    controller.enqueue({ id: next++ });
  },
});

class Enrichment {
  #reader;

  constructor(input) {
    this.#reader = input.getReader();
  }

  async pull(controller) {
    const { value: order } = await this.#reader.read();
    if (order.id === FAULTY) {
      fault();
      await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
    }
    controller.enqueue({ ...order, price: 12 });
  }
}

class Ledger {
  write() {
    return pause(1);
  }
}

await everyday();
await new ReadableStream(new Enrichment(feed)).pipeTo(new WritableStream(new Ledger()));
