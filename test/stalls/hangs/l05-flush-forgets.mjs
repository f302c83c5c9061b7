// The input has ended, the last batch is not full, and flush() forgets to call back: the process ends.
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Store } from '../support/orders.mjs';

async function* some() {
  for (let id = 0; id < FAULTY; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
}

class Batch extends Transform {
  #batch = [];

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    this.#batch.push(order);
    if (this.#batch.length === 64) this.push(this.#batch.splice(0));
    done();
  }

  _flush(done) {
    fault();
    if (this.#batch.length === 0) done();
  }
}

await pipeline(Readable.from(some()), new Batch(), new Store());
