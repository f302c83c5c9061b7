// A steady small stream: a record every few milliseconds through three operators. Prints what it has kept once a second.
// Goes on until standard input closes. Knows nothing of streamgauge.
import { Readable, Transform, Writable } from 'node:stream';
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
    setTimeout(() => this.push(this.#open ? { tick: this.#next++ } : null), 5);
  }
}

class Square extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform({ tick }, _encoding, done) {
    done(null, { tick, square: tick * tick });
  }
}

class Keep extends Writable {
  kept = 0;

  constructor() {
    super({ objectMode: true });
    setInterval(() => console.log(`kept ${this.kept}`), 1000).unref();
  }

  _write(_record, _encoding, done) {
    this.kept++;
    done();
  }
}

await pipeline(new Ticks(), new Square(), new Keep());
console.log('done');
