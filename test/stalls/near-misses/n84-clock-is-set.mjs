// The time of day is set on by an hour, and back by two, while orders go through at their pace.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const HOUR_MS = 3_600_000;
const { now } = Date;
let setByMs = 0;
Date.now = () => now() + setByMs;

class Stamp extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === 200) watch();
    if (order.id === 300) setByMs = HOUR_MS;
    if (order.id === 600) setByMs = -HOUR_MS;
    done(null, { ...order, at: Date.now() });
  }
}

await everyday();
await pipeline(new Orders(), new Stamp(), new Store());
