// Every order makes many objects, some of which live for a while: the collector has much to do, and keeps up.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

class Expand extends Transform {
  #recent = [];

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    const lines = Array.from({ length: 20_000 }, (_, line) => ({ line, text: `line ${line} of ${order.id}` }));
    this.#recent[order.id % 20] = lines;
    if (order.id === 50) watch();
    done(null, { ...order, lines: lines.length });
  }
}

stayAlive();
await pipeline(new Orders(), new Expand(), new Store());
