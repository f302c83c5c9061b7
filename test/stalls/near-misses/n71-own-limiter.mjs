// A bucket of tokens: when it is empty, the stage sleeps until it is full again.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Orders, Store, stayAlive, watch } from '../support/orders.mjs';

const WINDOW_MS = 3000;

class Throttle extends Transform {
  #left = 20;
  #since = Date.now();

  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (this.#left === 0) {
      await sleep(this.#since + WINDOW_MS - Date.now());
      this.#since = Date.now();
      this.#left = 20;
    }
    this.#left--;
    done(null, order);
  }
}

stayAlive();
setTimeout(watch, 1000);
await pipeline(new Orders(), new Throttle(), new Store());
