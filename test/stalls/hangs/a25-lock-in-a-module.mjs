// Takes what has been ordered from the stock, which is a module of its own. When an article has run out, its lock is not given back.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { Inventory } from '../support/inventory.mjs';
import { fault, Orders, Store } from '../support/orders.mjs';

const inventory = new Inventory();
const ARTICLES = ['chair', 'table', 'lamp'];

class Reserve extends Transform {
  #empty = 0;

  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    const isTaken = await inventory.take(ARTICLES[order.id % ARTICLES.length]);
    // From the second time on that an article has run out.
    if (!isTaken && ++this.#empty === ARTICLES.length) fault();
    done(null, { ...order, isTaken });
  }
}

class Label extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, { ...order, label: `order ${order.id}` });
  }
}

await everyday();
await pipeline(new Orders(), new Label(), new Reserve(), new Store());
