// The last batch is written when it is full, and flush waits for that: it never is.
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, Store, stayAlive } from '../support/orders.mjs';

async function* some() {
  for (let id = 0; id < 203; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
}

const written = new Map();

class Batch extends Transform {
  #batch = [];

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    this.#batch.push(order);
    if (this.#batch.length < 10) done();
    else done(null, this.#batch.splice(0));
  }

  async _flush(done) {
    fault();
    await new Promise((resolve) => written.set('last', resolve)); // waits for the rest
    done();
  }
}

stayAlive();
await pipeline(Readable.from(some()), new Batch(), new Store());
