import { pipeline, Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../../../agent/src/board/layout.ts';
import { settle, stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();

/** A source whose records the test hands out. */
class Tap {
  #waiting: ((record: number) => void) | undefined;

  async *read(): AsyncGenerator<number> {
    for (;;) {
      yield await new Promise<number>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  async give(record: number): Promise<void> {
    this.#waiting?.(record);
    await settle();
  }
}

class Gate {
  open = true;
  readonly #held: (() => void)[] = [];

  pass(): Promise<void> | undefined {
    return this.open ? undefined : new Promise((resolve) => this.#held.push(resolve));
  }

  async release(): Promise<void> {
    this.open = true;
    for (const resolve of this.#held.splice(0)) resolve();
    await settle();
  }
}

class Ledger extends Writable {
  readonly held: (() => void)[] = [];

  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
  }

  override _write(_record: unknown, _encoding: string, done: () => void): void {
    this.held.push(done);
  }
}

async function* parse(records: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const record of records) yield record;
}

/** Makes everything that lives old enough to be adopted. */
async function grow(): Promise<void> {
  await settle();
  const { clock } = tracked.current.board;
  clock[Clock.NOW_MS] = (clock[Clock.NOW_MS] as number) + 1000;
  tracked.current.beat();
  await settle();
}

const edges = (): string[] => tracked.current.edgeNames().sort();
const named = (name: string) => tracked.current.named(name);
const epoch = (): number => tracked.current.graph.epoch;

describe('async generators', () => {
  it('show the chain up to the function around the loop, also when a body has awaited before it pulls', async () => {
    const tap = new Tap();
    async function* score(records: AsyncIterable<number>): AsyncGenerator<number> {
      await settle(1);
      for await (const record of records) yield record;
    }
    async function collect(): Promise<void> {
      for await (const _record of score(parse(tap.read()))) await null;
    }
    void collect();
    await grow();
    await tap.give(1);
    expect(edges()).toEqual(['parse -> score', 'read -> parse', 'score -> collect']);
    expect(named('collect')?.location).toMatchObject({ function: 'collect', line: expect.any(Number) });
    expect(named('collect')?.location?.file).toMatch(/generators\.test\.ts$/);
    expect([named('read')?.kind, named('parse')?.kind, named('collect')?.kind]).toEqual([
      'source',
      'transform',
      'sink',
    ]);
  });

  it('let a marker through when the record before it is done with, and not earlier', async () => {
    const tap = new Tap();
    const gate = new Gate();
    async function* enrich(records: AsyncIterable<number>): AsyncGenerator<number> {
      for await (const record of records) {
        await gate.pass();
        yield record;
      }
    }
    async function collect(): Promise<void> {
      for await (const _record of enrich(parse(tap.read()))) await null;
    }
    void collect();
    await grow();
    await tap.give(1);
    gate.open = false;
    await tap.give(2);
    tracked.current.beat();
    expect(named('enrich')?.low).toBeLessThan(epoch());
    expect(named('collect')?.low).toBeLessThan(epoch());
    expect(named('enrich')?.inFlight).toBe(1);
    await gate.release();
    expect(named('enrich')?.low).toBe(epoch());
    expect(named('collect')?.low).toBe(epoch());
    expect(named('collect')?.done).toBe(2);
  });

  it('are busy while they hold a record, and those before them blocked', async () => {
    const tap = new Tap();
    const gate = new Gate();
    async function* enrich(records: AsyncIterable<number>): AsyncGenerator<number> {
      for await (const record of records) {
        await gate.pass();
        yield record;
      }
    }
    async function collect(): Promise<void> {
      for await (const _record of enrich(parse(tap.read()))) await null;
    }
    void collect();
    await grow();
    expect(['read', 'parse', 'enrich', 'collect'].map((name) => stateOf(named(name)))).toEqual(Array(4).fill('IDLE'));
    gate.open = false;
    await tap.give(1);
    expect(['read', 'parse', 'enrich', 'collect'].map((name) => stateOf(named(name)))).toEqual([
      'BACKPRESSURED',
      'BACKPRESSURED',
      'BUSY',
      'IDLE',
    ]);
  });

  it('in a pipeline are connected to the streams on both ends', async () => {
    const numbers = new Readable({ objectMode: true, read() {} });
    const ledger = new Ledger();
    pipeline(numbers, parse, ledger, () => {});
    await grow();
    for (let record = 0; record < 3; record++) numbers.push(record);
    await settle();
    expect(edges()).toHaveLength(2);
    expect(edges()).toEqual(
      expect.arrayContaining(['parse -> Ledger', expect.stringMatching(/^Readable.* -> parse$/)]),
    );
    expect(stateOf(named('Ledger'))).toBe('BUSY');
    expect(stateOf(named('parse'))).toBe('BACKPRESSURED');
  });

  it('behind Readable.from are what the stream gives', async () => {
    const tap = new Tap();
    Readable.from(parse(tap.read())).pipe(new Ledger());
    await grow();
    await tap.give(1);
    expect(edges()).toEqual(['parse -> Ledger', 'read -> parse']);
  });

  it('give to a stream that the function around the loop writes into by hand', async () => {
    const tap = new Tap();
    const ledger = new Ledger();
    async function store(): Promise<void> {
      for await (const record of parse(tap.read())) ledger.write(record);
    }
    void store();
    await grow();
    await tap.give(1);
    expect(edges()).toEqual(['parse -> store', 'read -> parse', 'store -> Ledger']);
  });

  it('are not followed where somebody takes two records at a time by hand', async () => {
    const tap = new Tap();
    const iterator = parse(tap.read());
    void (async () => {
      for (;;) await Promise.all([iterator.next(), iterator.next()]);
    })();
    await grow();
    await tap.give(1);
    expect(edges()).toEqual(['read -> parse']);
  });

  it('that live for a moment only never become operators', async () => {
    for (let request = 0; request < 1000; request++) {
      for await (const _record of parse(Readable.from([1, 2]))) await null;
    }
    await grow();
    expect(tracked.current.operators.size).toBe(0);
  });

  it('leave the graph when a loop breaks', async () => {
    const tap = new Tap();
    const gate = new Gate();
    async function collect(): Promise<void> {
      for await (const record of parse(tap.read())) if (record === 2) break;
      await gate.pass();
    }
    gate.open = false;
    void collect();
    await grow();
    await tap.give(1);
    expect(tracked.current.graph.operators).toHaveLength(3);
    await tap.give(2);
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toHaveLength(0);
  });
});

describe('what a program can see of a generator', () => {
  it('is as before', async () => {
    const generator = parse(Readable.from([1]));
    const first = generator.next();
    expect(Reflect.ownKeys(generator).every((key) => !Object.keys(generator).includes(String(key)))).toBe(true);
    expect(Object.keys(generator)).toEqual([]);
    expect(await first).toEqual({ value: 1, done: false });
    expect(generator.next.name).toBe('next');
    expect(generator.next.length).toBe(1);
    await expect(generator.throw(new Error('wanted'))).rejects.toThrow('wanted');
  });
});
