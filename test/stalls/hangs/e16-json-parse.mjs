// A document of half a gigabyte among small ones is parsed in one go.
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders } from '../support/orders.mjs';

const KEYS = 6_000_000;
// Made beforehand: names that are all different are what makes it slow.
const large = `{${Array.from({ length: KEYS }, (_key, id) => `"order${id}":${id}`).join()}}`;

class Import extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    const { length } = Object.keys(JSON.parse(order.id === FAULTY ? large : '{"a":1}')); // takes long
    done(length === 0 ? new Error('empty') : null);
  }
}

await everyday();
await pipeline(new Orders(), new Import());
