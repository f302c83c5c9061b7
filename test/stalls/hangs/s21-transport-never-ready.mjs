// Audit lines go to a thread through thread-stream, and are flushed at times. When the main thread is busy while the thread gets ready,
// and writes go on, that version waits for a position that the thread has jumped over: it is never ready, and a flush waits for that.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import ThreadStream from 'thread-stream';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const WARM_UP_MS = 600;

/** Makes what is needed for the first order, as a worker does that compiles its templates. */
function warmUp() {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) JSON.parse('{"templates":[]}');
}

class Audit extends Transform {
  #log = new ThreadStream({ filename: new URL('../support/slow-destination.mjs', import.meta.url).href });

  constructor() {
    super({ objectMode: true });
    this.#log.write('begins\n');
  }

  _construct(done) {
    setTimeout(() => {
      setImmediate(() => done(warmUp()));
      this.#log.write('warms up\n');
    }, 10);
  }

  async _transform(order, _encoding, done) {
    this.#log.write(`order ${order.id}\n`);
    if (order.id === FAULTY * 2) {
      fault();
      await new Promise((resolve) => this.#log.flush(resolve)); // never flushed
    }
    done(null, order);
  }
}

await everyday();
await pipeline(new Orders(), new Audit(), new Store());
