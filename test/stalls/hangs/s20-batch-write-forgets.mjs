// A Writable that stores what has gathered at once: when a batch has a double in it, nobody calls back.
import { PassThrough, Writable } from 'node:stream';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

class Database extends Writable {
  #stored = new Set();

  constructor() {
    super({ objectMode: true, highWaterMark: 64 });
  }

  _writev(chunks, done) {
    const fresh = chunks.filter(({ chunk }) => !this.#stored.has(chunk.id % FAULTY));
    if (fresh.length < chunks.length) {
      fault();
      return;
    }
    for (const { chunk } of fresh) this.#stored.add(chunk.id);
    setTimeout(done, 20);
  }
}

await everyday();
new Orders().pipe(new PassThrough({ objectMode: true })).pipe(new Database());
