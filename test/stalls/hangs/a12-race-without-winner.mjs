// Whichever of two warehouses answers first; one day neither does, and there is no timeout among the runners.
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Warehouse {
  #open = new Map();

  ask(order) {
    return new Promise((resolve) => {
      this.#open.set(order.id, resolve);
      if (order.id < FAULTY) pause(2).then(() => this.#answer(order.id));
    });
  }

  #answer(id) {
    this.#open.get(id)(id);
    this.#open.delete(id);
  }
}

const north = new Warehouse();
const south = new Warehouse();
globalThis.warehouses = { north, south };

async function* reserve(input) {
  for await (const order of input) {
    if (order.id === FAULTY) fault();
    const place = await Promise.race([north.ask(order), south.ask(order)]); // nobody wins
    yield { ...order, place };
  }
}

async function* price(input) {
  for await (const order of input) yield { ...order, price: 12 };
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(reserve(price(orders())));
