// Four permits for what is under way; whoever leaves early does not give his one back, and some time all four are gone.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, orders } from '../support/orders.mjs';

class Permits {
  #free = 4;
  #waiting = [];

  async take() {
    while (this.#free === 0) await new Promise((resolve) => this.#waiting.push(resolve)); // all have leaked
    this.#free--;
  }

  give() {
    this.#free++;
    this.#waiting.shift()?.();
  }
}

const permits = new Permits();

async function* limit(input) {
  for await (const order of input) {
    await permits.take();
    yield order;
  }
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  async _write(order, _encoding, done) {
    if (order.id === FAULTY - 1) fault();
    if (order.id % (FAULTY / 4) === FAULTY / 4 - 1) return done();
    await pause(2);
    permits.give();
    done();
  }
}

await everyday();
await pipeline(orders(), limit, new Ledger());
