// A queue of the package async. Before an order that has to be the last one is stored, everything in the queue has to be done:
// asked for from within the queue, that includes itself.

import { setTimeout as pause } from 'node:timers/promises';
import { queue } from 'async';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

class Shop {
  #tasks = queue(async (order) => await this.#store(order), 2);

  async add(order) {
    return await this.#tasks.pushAsync(order);
  }

  async #store(order) {
    if (order.id === FAULTY) {
      fault();
      await this.#tasks.drain(); // it is in there itself
    }
    await pause(1);
    return order;
  }
}

const shop = new Shop();

function isOpen(order) {
  return order.id >= 0;
}

async function add(order) {
  return await shop.add(order);
}

await everyday();
new Orders().filter(isOpen).map(add).pipe(new Store());
