// The sink opens for four seconds before it takes its first record, and the second stage connects when it first needs to.
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { everyday } from '../support/everyday.mjs';
import { Orders, watch } from '../support/orders.mjs';

const OPEN_MS = 4000;
const CONNECT_MS = 1200;

class Enrich extends Transform {
  #connected;

  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    this.#connected ??= pause(CONNECT_MS);
    await this.#connected;
    done(null, order);
  }
}

class Table extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _construct(done) {
    setTimeout(done, OPEN_MS);
  }

  _write(_order, _encoding, done) {
    setImmediate(done);
  }
}

await everyday();
watch();
await pipeline(new Orders(), new Enrich(), new Table());
