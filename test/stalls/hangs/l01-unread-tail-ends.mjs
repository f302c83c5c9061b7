// Nothing else keeps the process alive: when the output of the last transform is full, the process ends, with code 13.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

class Normalise extends Transform {
  #seen = 0;

  constructor() {
    super({ objectMode: true, highWaterMark: FAULTY });
  }

  _transform(order, _encoding, done) {
    if (++this.#seen === FAULTY) fault();
    done(null, order);
  }
}

await pipeline(new Orders(), new Normalise());
