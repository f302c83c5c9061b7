// A channel with room for eight: the one who takes from it puts what failed back into it, and finds it full.
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

const ROOM = 8;

class Channel {
  #items = [];
  #givers = [];
  #takers = [];

  async put(item) {
    while (this.#items.length >= ROOM) await new Promise((resolve) => this.#givers.push(resolve)); // has no room
    this.#items.push(item);
    this.#takers.shift()?.();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      while (this.#items.length === 0) await new Promise((resolve) => this.#takers.push(resolve));
      const item = this.#items.shift();
      yield item;
      this.#givers.shift()?.();
    }
  }
}

const channel = new Channel();

async function read(input) {
  for await (const order of input) await channel.put(order);
}

async function settle(input) {
  for await (const order of input) {
    if (order.id === FAULTY) {
      await pause(500);
      fault();
      await channel.put(order); // has no room
    }
    await pause(1);
  }
}

await everyday();
await Promise.all([read(orders()), settle(channel)]);
