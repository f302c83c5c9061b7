// The pipeline ends in a Transform, whose output nobody reads: it stops when its buffer is full.
import { pipeline, Transform } from 'node:stream';
import { fault, Orders, stayAlive } from '../support/orders.mjs';

class Normalise extends Transform {
  #seen = 0;

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    this.#seen++;
    if (this.#seen === this.readableHighWaterMark) fault();
    done(null, order);
  }
}

stayAlive();
pipeline(new Orders(), new Normalise(), () => {});
