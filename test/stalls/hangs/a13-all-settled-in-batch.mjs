// Batches of ten are worked on at once and waited for together: one that does not settle holds the batch.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const confirmations = new Map();

class Mailer extends Writable {
  #batch = [];

  constructor() {
    super({ objectMode: true });
  }

  async _write(order, _encoding, done) {
    this.#batch.push(order);
    if (this.#batch.length === 10) await Promise.allSettled(this.#batch.splice(0).map((each) => this.#send(each)));
    done();
  }

  async #send(order) {
    await pause(3);
    if (order.id === FAULTY) {
      fault();
      await confirmed(order); // nobody confirms
    }
  }
}

function confirmed({ id }) {
  return new Promise((resolve) => confirmations.set(id, resolve));
}

await everyday();
await pipeline(new Orders(), new Mailer());
