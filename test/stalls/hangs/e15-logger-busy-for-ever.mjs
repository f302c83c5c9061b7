// The same logger, asynchronous: it writes nothing again and again at full speed, the event loop goes on, and who waits for
// "drain" waits for ever.
import { once } from 'node:events';
import fs from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pino from 'pino';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

// The fault is put in here: what a full device of some kinds does.
const { write } = fs;
let isFull = false;
const descriptor = fs.openSync('/dev/null', 'w');
fs.write = (fd, ...rest) =>
  isFull && fd === descriptor ? setImmediate(rest.at(-1), null, 0) : write.call(fs, fd, ...rest);

const lines = pino.destination({ fd: descriptor, sync: false });

class Audit extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  async _transform(order, _encoding, done) {
    if (order.id === FAULTY) {
      fault();
      isFull = true;
    }
    const hasRoom = lines.write(`order ${order.id} `.repeat(order.id === FAULTY ? 5000 : 1));
    if (!hasRoom) await once(lines, 'drain'); // it never drains
    done(null, order);
  }
}

await everyday();
await pipeline(new Orders(), new Audit(), new Store());
