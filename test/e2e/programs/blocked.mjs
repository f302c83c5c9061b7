// A stream whose third operator blocks the main thread once, in the way named by the first argument, after a second of
// healthy flow. Knows nothing of streamgauge. Goes on until standard input closes.
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { roundsFor } from './hash-rounds.mjs';

const [kind, durationText] = process.argv.slice(2);
const durationMs = Number(durationText);
const document = kind === 'json-parse' ? `[${'{"a":[1,2,3],"b":"text","c":{"d":1.5}},'.repeat(2e6).slice(0, -1)}]` : '';

const rounds = kind === 'pbkdf2' ? roundsFor(durationMs) : 0;

const blocks = {
  'sync-loop'() {
    const until = Date.now() + durationMs;
    let spins = 0;
    while (Date.now() < until) spins++; // the looping line
    return spins;
  },
  regex() {
    return /^(\w+\s?)*$/.test(`${'word '.repeat(4)}${'a'.repeat(14)}!`);
  },
  'atomics-wait'() {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
  },
  async microtasks() {
    const until = Date.now() + durationMs;
    while (Date.now() < until) await null; // the endless turn
  },
  'json-parse'() {
    return JSON.parse(document).length;
  },
  pbkdf2() {
    return pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256');
  },
  'exec-sync'() {
    return execSync(`sleep ${durationMs / 1000}`);
  },
};

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
    setTimeout(() => this.push(this.#open ? { tick: this.#next++ } : null), 10);
  }
}

class Prepare extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(record, _encoding, done) {
    done(null, record);
  }
}

class Crunch extends Transform {
  constructor() {
    super({ objectMode: true });
  }

  _transform(record, _encoding, done) {
    if (record.tick !== 100) {
      done(null, record);
      return;
    }
    console.log(`blocking ${Date.now()}`);
    const returned = blocks[kind]();
    const goOn = () => {
      console.log(`unblocked ${Date.now()}`);
      done(null, record);
    };
    if (returned instanceof Promise) returned.then(goOn);
    else goOn();
  }
}

class Keep extends Writable {
  constructor() {
    super({ objectMode: true });
  }

  _write(_record, _encoding, done) {
    done();
  }
}

await pipeline(new Ticks(), new Prepare(), new Crunch(), new Keep());
