// A queue of fastq with one worker. A folder in it pushes what it contains onto the same queue, and is done when that is done.

import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fastq from 'fastq';
import { everyday } from '../support/everyday.mjs';
import { FAULTY, fault, Orders, Store } from '../support/orders.mjs';

const queue = fastq(index, 1);

function index(entry, done) {
  if (entry.entries === undefined) setTimeout(done, 1, null, 1);
  else queue.push(entry.entries[0], (error) => done(error, 2));
}

class Index extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(order, _encoding, done) {
    if (order.id === FAULTY) fault();
    const entry = order.id === FAULTY ? { entries: [{}] } : {};
    queue.push(entry, (error) => done(error, order));
  }
}

await everyday();
await pipeline(new Orders(), new Index(), new Store());
