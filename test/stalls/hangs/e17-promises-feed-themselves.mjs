// A work list that is done in promises only: every piece makes another one, so that the turn never ends.
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Tasks {
  #open = [];

  add(task) {
    this.#open.push(task);
  }

  async run() {
    for (let task = this.#open.shift(); task !== undefined; task = this.#open.shift()) await task(); // never empty
  }
}

async function* expand(input) {
  for await (const order of input) {
    const tasks = new Tasks();
    let attempts = 0;
    const attempt = async () => {
      attempts++;
      if (order.id === FAULTY) tasks.add(attempt); // never empty
    };
    tasks.add(attempt);
    if (order.id === FAULTY) fault();
    await tasks.run();
    yield { ...order, attempts };
  }
}

async function consume(input) {
  let seen = 0;
  for await (const _order of input) seen++;
  return seen;
}

await everyday();
await consume(expand(orders()));
