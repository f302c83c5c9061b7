import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { settle, stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const named = (name: string): Operator => tracked.current.named(name) as never;

/** Lets what was made until now grow old enough to become operators. */
function grow(): void {
  for (let pulse = 0; pulse < 6; pulse++) tracked.current.pulse();
  const { adoption, board, graph } = tracked.current;
  graph.emptyStack.enter(() => adoption.young.grow(board.clock[0] as number));
}

class Numbers extends Readable {
  constructor() {
    super({ objectMode: true, read() {} });
  }
  give(...records: number[]): this {
    for (const record of records) this.push(record);
    return this;
  }
}

class Ledger extends Writable {
  readonly records: unknown[] = [];
  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
  }
  override _write(record: unknown, _encoding: unknown, done: () => void): void {
    this.records.push(record);
    done();
  }
}

/** Calls that the test ends. */
function gate(): { readonly enrich: (record: number) => Promise<number>; open(...records: number[]): Promise<void> } {
  const held = new Map<number, () => void>();
  return {
    enrich: function enrich(record) {
      return new Promise((resolve) => held.set(record, () => resolve(record)));
    },
    async open(...records) {
      for (const record of records) held.get(record)?.();
      await settle();
    },
  };
}

describe('the methods of a Readable', () => {
  test('are operators between what is in front of them and what follows', async () => {
    const source = new Numbers();
    source
      .filter(function isKnown() {
        return true;
      })
      .map(async function enrich(record) {
        return record;
      })
      .pipe(new PassThrough({ objectMode: true }))
      .pipe(new Ledger());
    await settle();
    expect(tracked.current.edgeNames()).toEqual(
      expect.arrayContaining([
        'Numbers -> filter isKnown',
        'filter isKnown -> map enrich',
        expect.stringMatching(/^map enrich -> PassThrough/),
      ]),
    );
    source.give(1, 2, 3);
    await settle();
    expect(named('map enrich')).toMatchObject({ done: 3, inFlight: 0 });
  });

  test('without a function are called after their place in the code', () => {
    void new Numbers()
      .drop(1)
      .forEach(() => {})
      .catch(() => {});
    grow();
    expect(tracked.current.edgeNames().sort()).toEqual([
      expect.stringMatching(/^Numbers -> drop graph\.test\.ts:\d+$/),
      expect.stringMatching(/^drop graph\.test\.ts:\d+ -> forEach graph\.test\.ts:\d+$/),
    ]);
  });

  test('that live for one request only are never operators', async () => {
    for (let request = 0; request < 20; request++) await Readable.from([1, 2]).map(Number).toArray();
    grow();
    expect(tracked.current.graph.operators).toEqual([]);
  });

  test('of a stream that another one reads as well are left alone', async () => {
    const source = new Numbers();
    source.map(Number).resume();
    source.map(String).resume();
    await settle();
    grow();
    expect(tracked.current.graph.operators.map(({ name }) => name).sort()).toEqual(['Numbers', 'map Number']);
  });
});

describe('a concurrent map()', () => {
  test('passes a marker when everything before it has gone out, in its order', async () => {
    const { enrich, open } = gate();
    const source = new Numbers();
    const ledger = new Ledger();
    source.map(enrich, { concurrency: 4 }).pipe(ledger);
    source.give(1, 2, 3);
    await settle();
    grow();
    const operator = named('map enrich');
    expect(operator).toMatchObject({ inFlight: 3, done: 0 });
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    await open(2, 3);
    expect(operator).toMatchObject({ inFlight: 1, done: 2 });
    expect(ledger.records).toEqual([]);
    expect(stateOf(operator)).toBe('BUSY');
    expect(operator.low).toBeLessThan(epoch);
    await open(1);
    expect(ledger.records).toEqual([1, 2, 3]);
    expect(operator.low).toBe(epoch);
    expect(stateOf(operator)).toBe('IDLE');
  });

  test('tells since when it has the record that all others wait for', async () => {
    const { enrich, open } = gate();
    const source = new Numbers();
    source.map(enrich, { concurrency: 4 }).resume();
    source.give(1);
    await settle();
    const sinceMs = tracked.current.graph.nowMs();
    grow();
    source.give(2);
    await settle();
    expect(named('map enrich').oldest()?.sinceMs).toBe(sinceMs);
    await open(1);
    expect(named('map enrich').oldest()?.sinceMs).toBe(tracked.current.graph.nowMs());
    await open(2);
    expect(named('map enrich').oldest()).toBeUndefined();
  });

  test('whose output nobody takes is held up, and not to blame', async () => {
    const source = new Numbers();
    const output = source.map(async function enrich(record) {
      return record;
    });
    output.once('readable', () => {});
    source.give(1, 2, 3);
    await settle();
    grow();
    expect(stateOf(named('map enrich'))).toBe('BACKPRESSURED');
    output.resume();
    await settle();
    expect(stateOf(named('map enrich'))).toBe('IDLE');
  });
});

test('a record of flatMap() is done with when everything that was made of it has gone out', async () => {
  const source = new Numbers();
  let go = (): void => {};
  source
    .flatMap(async function* split(record) {
      yield record;
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield record;
    })
    .pipe(new Ledger());
  source.give(1);
  await settle();
  grow();
  const operator = named('flatMap split');
  expect(operator).toMatchObject({ inFlight: 1, done: 0 });
  expect(stateOf(operator)).toBe('BUSY');
  go();
  await settle();
  expect(operator).toMatchObject({ inFlight: 0, done: 1 });
});

test('what the user gets is what Node gives', async () => {
  const from = (): Readable => Readable.from([1, 2, 3, 4, 5]);
  const failing = async (): Promise<never> => {
    throw new Error('mine');
  };
  await expect(from().filter(Boolean).map(Number, { concurrency: 3 }).drop(1).take(3).toArray()).resolves.toEqual([
    2, 3, 4,
  ]);
  await expect(from().reduce((sum, record) => sum + record)).resolves.toBe(15);
  await expect(from().reduce((sum, record) => sum + record, 5)).resolves.toBe(20);
  await expect(
    from()
      .flatMap((record) => [record, record])
      .toArray(),
  ).resolves.toHaveLength(10);
  await expect(from().some((record) => record > 4)).resolves.toBe(true);
  await expect(from().every(async (record) => record > 4)).resolves.toBe(false);
  await expect(from().find((record) => record > 4)).resolves.toBe(5);
  await expect(from().map(failing).toArray()).rejects.toThrow('mine');
  await expect(from().forEach(failing)).rejects.toThrow('mine');
  await expect(
    from()
      .flatMap(() => 5)
      .toArray(),
  ).rejects.toThrow(TypeError);
  expect(() => from().map(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  expect(() => from().map(Number, { concurrency: 0 })).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
});

test('after the tracker has stopped the methods are those of Node', async () => {
  const { map } = Readable.prototype;
  const source = new Numbers();
  const output = source.map(Number).resume();
  tracked.current.close();
  expect(Readable.prototype.map).not.toBe(map);
  source.give(1);
  await settle();
  expect(output.readableLength).toBe(0);
  expect(tracked.current.graph.operators).toEqual([]);
});
