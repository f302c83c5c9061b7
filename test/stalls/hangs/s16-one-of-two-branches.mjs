// Every order goes into two branches; in the audit branch the last stage is a Transform, and nobody reads it.
import { Transform } from 'node:stream';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    setImmediate(done, null, { ...order, price: 12 });
  }
}

class Audit extends Transform {
  #seen = 0;

  constructor() {
    super({ objectMode: true, readableHighWaterMark: FAULTY });
  }

  _transform(order, _encoding, done) {
    if (++this.#seen === FAULTY) fault();
    done(null, { order: order.id });
  }
}

await everyday();
const source = new Orders();
source.pipe(new Price()).pipe(new Store());
source.pipe(new Audit());
