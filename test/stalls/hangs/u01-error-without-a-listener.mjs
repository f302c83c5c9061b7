// A chain of pipe() without a listener for errors: a line that cannot be read ends the process.
import { Transform } from 'node:stream';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

class Serialise extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, order.id === FAULTY ? '{"id":' : JSON.stringify(order));
  }
}

class Parse extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(line, _encoding, done) {
    if (line === '{"id":') fault();
    done(null, JSON.parse(line)); // cannot be read
  }
}

await everyday();
new Orders().pipe(new Serialise()).pipe(new Parse()).pipe(new Store());
