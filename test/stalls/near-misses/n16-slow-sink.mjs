// A slow sink for ever: one record in 400 ms, everything before it is full.
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Orders, stayAlive, watch } from '../support/orders.mjs';

class Price extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    done(null, order);
  }
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_order, _encoding, done) {
    setTimeout(done, 400);
  }
}

stayAlive();
watch();
await pipeline(new Orders(), new Price(), new Ledger());
