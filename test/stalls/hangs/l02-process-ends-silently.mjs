// A transform of bytes whose output nobody reads: the process ends with code 0, as if everything were done.
import { Readable, Transform } from 'node:stream';
import { fault } from '../support/orders.mjs';

class Lines extends Readable {
  _read() {
    setTimeout(() => this.push('an order on a line of its own\n'.repeat(8)), 5);
  }
}

class UpperCase extends Transform {
  #full = false;

  _transform(chunk, _encoding, done) {
    if (!this.#full && this.readableLength + chunk.length >= this.readableHighWaterMark) {
      this.#full = true;
      fault();
    }
    done(null, chunk.toString().toUpperCase());
  }
}

new Lines().pipe(new UpperCase());
