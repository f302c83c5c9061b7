// A stream whose third operator blocks the main thread once, in the way named by the first argument, after a second of
// healthy flow. Knows nothing of streamgauge. Goes on until standard input closes. A loop, an endless turn and a child process
// end early when the file of the third argument is there.
import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { roundsFor } from './hash-rounds.mjs';

const [kind, durationText, release] = process.argv.slice(2);
const durationMs = Number(durationText);
/** How many turns of a loop go by between two looks for the file. */
const TURNS = 1_000_000;
const isReleased = () => release !== undefined && existsSync(release);
const document = kind === 'json-parse' ? `[${'{"a":[1,2,3],"b":"text","c":{"d":1.5}},'.repeat(2e6).slice(0, -1)}]` : '';

const rounds = kind === 'pbkdf2' ? await roundsFor(durationMs) : 0;

const blocks = {
  'sync-loop'() {
    const until = Date.now() + durationMs;
    let spins = 0;
    while (Date.now() < until && !(++spins % TURNS === 0 && isReleased())); // the looping line
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
    let turns = 0;
    while (Date.now() < until && !(++turns % TURNS === 0 && isReleased())) await null; // the endless turn
  },
  'json-parse'() {
    return JSON.parse(document).length;
  },
  pbkdf2() {
    return pbkdf2Sync('secret', 'salt', rounds, 32, 'sha256');
  },
  'exec-sync'() {
    return execSync(`for turn in $(seq ${durationMs / 100}); do [ -e '${release}' ] && break; sleep 0.1; done`);
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
