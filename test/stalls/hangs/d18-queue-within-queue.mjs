// All that touches the account goes through one p-queue, one after the other; a refund in it adds its booking to the same queue.

import { setTimeout as pause } from 'node:timers/promises';
import PQueue from 'p-queue';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Account {
  #queue = new PQueue({ concurrency: 1 });
  #balance = 0;

  book(amount) {
    return this.#queue.add(async () => {
      await pause(1);
      this.#balance += amount;
    });
  }

  refund(amount) {
    return this.#queue.add(async () => {
      await pause(1);
      await this.book(-amount); // comes after this one
    });
  }
}

const account = new Account();

class Booking {
  async transform(order, controller) {
    if (order.id === FAULTY) {
      fault();
      await account.refund(1);
    } else await account.book(1);
    controller.enqueue(order);
  }
}

class Ledger {
  write() {}
}

await everyday();
await ReadableStream.from(orders())
  .pipeThrough(new TransformStream(new Booking()))
  .pipeTo(new WritableStream(new Ledger()));
