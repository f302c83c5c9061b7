import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { drive } from '../../../property/support/linear.mjs';
import { later, seededRandom } from '../../../property/support/random.mjs';
import { settle, stateOf, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();
const require = createRequire(import.meta.url);

/** Loads a package as if for the first time: it is seen when it is loaded. */
function load<T>(name: string): T {
  for (const file of Object.keys(require.cache)) {
    if (/[\\/](?:readable-stream-\d|streamx)[\\/]/.test(file)) delete require.cache[file];
  }
  return require(name) as T;
}

const result = () => ({ checks: 0, early: 0 });

describe.each(['readable-stream-2', 'readable-stream-3', 'readable-stream-4'])('%s', (name) => {
  test('a pipe whose target is full pauses nothing on purpose, and a program does', async () => {
    const { Readable, Writable } = load<typeof import('node:stream')>(name);
    class Numbers extends Readable {
      override _read() {}
    }
    class Ledger extends Writable {
      override _write(record: unknown, _encoding: string, done: () => void) {
        if (record === 'first') done();
      }
    }
    const source = new Numbers({ objectMode: true, highWaterMark: 2 });
    const ledger = new Ledger({ objectMode: true, highWaterMark: 1 });
    source.pipe(ledger);
    source.push('first');
    await settle();
    source.pause();
    source.push('second');
    await settle();
    // Version 2 does not tell who has paused it.
    expect(stateOf(tracked.current.named('Numbers') as never)).toBe(name === 'readable-stream-2' ? 'IDLE' : 'PAUSED');
    source.resume();
    for (const record of ['third', 'fourth', 'fifth']) source.push(record);
    await settle();
    expect(stateOf(tracked.current.named('Numbers') as never)).toBe('BACKPRESSURED');
  });

  test('its pipes are edges, and markers are never early', async () => {
    const { Readable, Transform, Writable } = load<typeof import('node:stream')>(name);
    const random = seededRandom(3);
    const found = result();
    for (let run = 0; run < 30; run++) {
      let produced = 0;
      let stored = 0;
      const cuts = new Map<number, number>();
      class Numbers extends Readable {
        override _read() {
          later(random, () => {
            if (random.chance(0.1)) tracked.current.pulse();
            this.push(produced >= 200 ? null : { number: produced++ });
          });
        }
      }
      class Parse extends Transform {
        override _transform(record: unknown, _encoding: string, done: (error: null, record: unknown) => void) {
          later(random, () => done(null, record));
        }
      }
      class Ledger extends Writable {
        override _write(_record: unknown, _encoding: string, done: () => void) {
          later(random, () => {
            stored++;
            done();
          });
        }
      }
      tracked.current.onPass = (operator, epoch) => {
        const { name: who } = operator as Operator;
        if (epoch === Number.POSITIVE_INFINITY) return;
        if (who.startsWith('Numbers')) cuts.set(epoch, produced);
        const cut = cuts.get(epoch);
        if (!who.startsWith('Ledger') || cut === undefined) return;
        found.checks++;
        if (stored < cut) found.early++;
      };
      const options = { objectMode: true, highWaterMark: 1 + random.below(8) };
      await drive(tracked.current, random, (done: (error?: Error) => void) => {
        new Numbers(options)
          .pipe(new Parse(options))
          .pipe(new Ledger(options))
          .once('finish', () => done());
      });
    }
    expect(found.early).toBe(0);
    expect(found.checks).toBeGreaterThan(100);
    expect(tracked.current.edgeNames().slice(0, 2)).toEqual(['Numbers -> Parse', 'Parse -> Ledger']);
  });
});

describe('streamx', () => {
  interface Streamx {
    readonly Readable: new (options: object) => { pipe<T>(target: T): T; push(record: unknown): boolean };
    readonly Transform: new (options: object) => { pipe<T>(target: T): T };
    readonly Writable: new (options: object) => NodeJS.EventEmitter;
  }

  test('its pipes are edges, and markers are never early', async () => {
    const { Readable, Transform, Writable } = load<Streamx>('streamx');
    const random = seededRandom(5);
    const found = result();
    for (let run = 0; run < 40; run++) {
      let produced = 0;
      let stored = 0;
      const cuts = new Map<number, number>();
      class Numbers extends Readable {
        _read(done: (error: null) => void) {
          later(random, () => {
            if (random.chance(0.1)) tracked.current.pulse();
            this.push(produced >= 200 ? null : { number: produced++ });
            done(null);
          });
        }
      }
      class Parse extends Transform {
        _transform(record: unknown, done: (error: null, record: unknown) => void) {
          later(random, () => done(null, record));
        }
      }
      class Ledger extends Writable {
        _write(_record: unknown, done: (error: null) => void) {
          later(random, () => {
            stored++;
            done(null);
          });
        }
      }
      class Batches extends Writable {
        _writev(records: readonly unknown[], done: (error: null) => void) {
          later(random, () => {
            stored += records.length;
            done(null);
          });
        }
      }
      tracked.current.onPass = (operator, epoch) => {
        const { name: who } = operator as Operator;
        if (epoch === Number.POSITIVE_INFINITY) return;
        if (who.startsWith('Numbers')) cuts.set(epoch, produced);
        const cut = cuts.get(epoch);
        if (!/^(?:Ledger|Batches)/.test(who) || cut === undefined) return;
        found.checks++;
        if (stored < cut) found.early++;
      };
      const options = { highWaterMark: 1024 * (1 + random.below(8)) };
      const sink = random.chance(0.5) ? new Ledger(options) : new Batches(options);
      await drive(tracked.current, random, (done: (error?: Error) => void) => {
        new Numbers(options).pipe(new Parse(options)).pipe(sink as never);
        sink.once('finish', () => done());
      });
    }
    expect(found.early).toBe(0);
    expect(found.checks).toBeGreaterThan(100);
    expect(tracked.current.edgeNames()).toContainEqual('Numbers -> Parse');
  });
});
