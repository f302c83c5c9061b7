// Three questions are asked at once for each order, and one of the three is never answered.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const answers = new Map();

async function priceOf(order) {
  await pause(1);
  return order.id * 2;
}

async function customerOf(order) {
  await pause(2);
  if (order.id === FAULTY) {
    fault();
    await new Promise((resolve) => answers.set(order.id, resolve)); // nobody answers
  }
  return `customer of ${order.id}`;
}

async function stockOf() {
  await pause(1);
  return 7;
}

class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const [price, customer, stock] = await Promise.all([priceOf(order), customerOf(order), stockOf()]);
    done(null, { ...order, price, customer, stock });
  }
}

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    setTimeout(done, 1, null, order);
  }
}

await everyday();
await pipeline(new Orders(), new Price(), new Enrich(), new Store());
