// One operator that computes for 0.2 ms per record before one that waits 2 ms at every fourth, as fast as they can.
// Knows nothing of streamgauge.
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const objects = { objectMode: true };

function compute(durationMs) {
  const until = performance.now() + durationMs;
  while (performance.now() < until);
}

class Source extends Readable {
  #next = 0;
  _read() {
    this.push({ number: this.#next++ });
  }
}

class Fast extends Transform {
  _transform(record, _encoding, done) {
    done(null, record);
  }
}

class Computing extends Transform {
  _transform(record, _encoding, done) {
    compute(0.2);
    if (record.number % 16 === 0) setImmediate(done, null, record);
    else done(null, record);
  }
}

class Waiting extends Transform {
  _transform(record, _encoding, done) {
    if (record.number % 4 === 0) setTimeout(done, 2, null, record);
    else done(null, record);
  }
}

class Sink extends Writable {
  _write(_record, _encoding, done) {
    done();
  }
}

await pipeline(new Source(objects), new Fast(objects), new Computing(objects), new Waiting(objects), new Sink(objects));
