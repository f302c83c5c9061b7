// The sink commits in its final step, and the commit never calls back: the pipeline never ends.
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fault, stayAlive } from '../support/orders.mjs';

async function* some() {
  for (let id = 0; id < 200; id++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield { id };
  }
}

class Commit extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_order, _encoding, done) {
    setImmediate(done);
  }

  _final(_done) {
    fault();
  }
}

stayAlive();
await pipeline(Readable.from(some()), new Commit());
