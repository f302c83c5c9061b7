// Its event loop runs dry, or is ended before, in the way named by the first argument, after SIGUSR2 has come. Prints what a
// program can see of its end, so that two runs can be compared. Knows nothing of streamgauge.
import { writeSync } from 'node:fs';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

const [kind] = process.argv.slice(2);
const say = (line) => writeSync(1, `${line}\n`);
process.on('exit', (code) => say(`exit event ${code}`));

class Numbers extends Readable {
  #next = 0;
  constructor(count) {
    super({ objectMode: true });
    this.count = count;
  }
  _read() {
    setImmediate(() => this.push(this.#next < this.count ? this.#next++ : null));
  }
}

/** Keeps what calls back for one record. */
class Enrich extends Transform {
  constructor() {
    super({ objectMode: true });
  }
  _transform(record, _encoding, done) {
    if (record === 30) this.kept = () => done(null, record);
    else done(null, record);
  }
}

class Store extends Writable {
  constructor() {
    super({ objectMode: true });
  }
  _write(_record, _encoding, done) {
    setImmediate(done);
  }
}

/** Slow enough for a generator to be followed before it hangs: it has to live for some 200 ms. */
async function* orders() {
  for (let order = 0; ; order++) {
    await pause(20);
    yield order;
  }
}

async function* price(records) {
  for await (const order of records) {
    if (order === 40) await new Promise(() => undefined);
    yield order;
  }
}

const enrich = new Enrich();
const kinds = {
  lost: () => Promise.all([pipeline(new Numbers(500), enrich, new Store()), pipeline(orders, price, new Store())]),
  refilled: async () => {
    process.on('beforeExit', () => {
      say('before exit');
      const { kept } = enrich;
      enrich.kept = undefined;
      if (kept !== undefined) setTimeout(kept, 10);
    });
    await pipeline(new Numbers(100), enrich, new Store());
    say('all stored');
  },
  exits: async () => {
    setTimeout(() => process.exit(0), 300);
    await pipeline(new Numbers(500), enrich, new Store());
  },
};

const patience = setTimeout(() => undefined, 30_000);
const signal = new Promise((resolve) => process.once('SIGUSR2', resolve));
say('waiting for the signal');
await signal;
clearTimeout(patience);
await kinds[kind]();
