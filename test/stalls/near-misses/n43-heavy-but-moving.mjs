// Every record costs most of a second of processor time, one after the other.
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { Orders, Store, watch } from '../support/orders.mjs';

const WORK_MS = 600;

class Mine extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    const end = performance.now() + WORK_MS;
    let hash = `${order.id}`;
    while (performance.now() < end) hash = createHash('sha256').update(hash).digest('hex');
    done(null, { ...order, hash });
  }
}

await everyday();
watch();
await pipeline(new Orders(), new Mine(), new Store());
