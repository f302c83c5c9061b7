// Sources and sinks that call back at once: the loop is starved, and the flow is healthy.
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { watch } from '../support/orders.mjs';

let next = 0;
const source = new Readable({
  objectMode: true,
  read() {
    this.push({ id: next++ });
  },
});
const double = new Transform({
  objectMode: true,
  transform: function double(order, _encoding, done) {
    done(null, order);
  },
});
const count = new Writable({
  objectMode: true,
  write: function count(_order, _encoding, done) {
    done();
  },
});

watch();
await pipeline(source, double, count);
