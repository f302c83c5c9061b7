// A window of five seconds: records stay in it, and nothing is late.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

class Window extends Transform {
  #records = [];
  #timer = setInterval(() => this.push(this.#records.splice(0)), 5000);

  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    this.#records.push(order);
    done();
  }

  _flush(done) {
    clearInterval(this.#timer);
    done();
  }
}

stayAlive();
watch();
await pipeline(new Orders(), new Window(), new Store());
