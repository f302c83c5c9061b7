// A chain built with compose(), as a user writes it. Knows nothing of streamgauge.
// Goes on until standard input closes, so that its graph can be read while it runs.
import { compose, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

class Ticks extends Readable {
  #next = 0;
  #open = true;

  constructor() {
    super({ objectMode: true });
    process.stdin.on('end', () => {
      this.#open = false;
    });
    process.stdin.resume();
  }

  _read() {
    setTimeout(() => this.push(this.#open ? { tick: this.#next++ } : null), 2);
  }
}

class Clean extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(record, _encoding, done) {
    done(null, { ...record, clean: true });
  }
}

class Score extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(record, _encoding, done) {
    setImmediate(done, null, { ...record, score: record.tick % 7 });
  }
}

class Ledger extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_record, _encoding, done) {
    setImmediate(done);
  }
}

await pipeline(new Ticks(), compose(new Clean(), new Score()), new Ledger());
