// Rates are fetched once and shared: four orders at a time wait for the same promise, and who was to settle it has gone astray.
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const PERIOD = 50;

class Rates {
  #cached = new Map();
  #loading = new Map();

  get(period) {
    let rates = this.#cached.get(period);
    if (rates === undefined) {
      rates = this.#load(period);
      this.#cached.set(period, rates);
    }
    return rates;
  }

  #load(period) {
    return new Promise((resolve) => {
      this.#loading.set(period, resolve);
      if (period < FAULTY / PERIOD) pause(5).then(() => resolve({ euro: 1 }));
      else fault();
    });
  }
}

const rates = new Rates();

async function convert(order) {
  const { euro } = await rates.get(Math.floor(order.id / PERIOD)); // of this period they never come
  return { ...order, price: euro };
}

await everyday();
new Orders().map(convert, { concurrency: 4 }).pipe(new Store());
