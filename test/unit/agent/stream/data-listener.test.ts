import { compose, PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { later, seededRandom } from '../../../property/support/random.mjs';
import { settle, stateOf, trackEachTest } from './tracked.ts';

const tracked = trackEachTest();
const named = (name: string): Operator => tracked.current.named(name) as never;

/** Lets the listeners that were registered until now grow old enough to become operators. */
function grow(): void {
  for (let pulse = 0; pulse < 6; pulse++) tracked.current.pulse();
  const { adoption, board } = tracked.current;
  tracked.current.graph.emptyStack.enter(() => adoption.young.grow(board.clock[0] as number));
}

function open(): Readable {
  return new Readable({ objectMode: true, read() {} });
}

describe('a listener of "data"', () => {
  test('is an operator behind its stream, by the name of the function', async () => {
    const source = open();
    const seen: unknown[] = [];
    source.on('data', function onOrder(order) {
      seen.push(order);
    });
    grow();
    expect(tracked.current.edgeNames()).toEqual([expect.stringMatching(/^Readable.* -> onOrder$/)]);
    source.push('a');
    source.push('b');
    await settle();
    expect(seen).toEqual(['a', 'b']);
    expect(named('onOrder')).toMatchObject({ done: 2, inFlight: 0 });
  });

  test('without a name is called after its place in the code', () => {
    open().on('data', () => {});
    grow();
    expect([...tracked.current.graph.operators].map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/^on\('data'\) data-listener\.test\.ts:\d+$/),
    );
  });

  test('that lives for one request only is never an operator', () => {
    for (let request = 0; request < 100; request++) {
      const listener = (): void => {};
      open().on('data', listener).off('data', listener);
    }
    grow();
    expect(tracked.current.graph.operators).toEqual([]);
  });

  test('of a pipe is none of ours', async () => {
    open().pipe(new Writable({ objectMode: true, write: (_record, _encoding, done) => done() }));
    await settle();
    grow();
    expect(tracked.current.graph.operators).toHaveLength(2);
  });

  test('can be listed, and removed, as what the user gave', () => {
    const source = open();
    const listener = (): void => {};
    source.on('data', listener);
    expect(source.listeners('data')).toEqual([listener]);
    source.off('data', listener);
    expect(source.listenerCount('data')).toBe(0);
  });

  test('gets its stream as `this`, and what it throws goes where it went', () => {
    const source = open();
    let self: unknown;
    source.on('data', function throws(this: unknown) {
      self = this;
      throw new Error('mine');
    });
    grow();
    expect(() => source.emit('data', 1)).toThrow('mine');
    expect(self).toBe(source);
    expect(named('throws')).toMatchObject({ done: 1, inFlight: 0 });
  });

  test('that is paused by the user is paused, says by what, and is not idle', async () => {
    const source = open();
    source.on('data', function onOrder() {});
    grow();
    source.pause();
    expect(stateOf(named('onOrder'))).toBe('PAUSED');
    expect(named('onOrder').condition.pauseReason).toBe('stream.pause()');
    source.resume();
    await settle();
    expect(stateOf(named('onOrder'))).toBe('IDLE');
    expect(named('onOrder').condition.pauseReason).toBeUndefined();
  });

  test('that is asynchronous holds its records until its promises settle', async () => {
    const source = open();
    const settles: (() => void)[] = [];
    source.on('data', async function store() {
      await new Promise<void>((resolve) => settles.push(resolve));
    });
    grow();
    source.push(1);
    source.push(2);
    await settle();
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    settles[1]?.();
    await settle();
    expect(named('store')).toMatchObject({ done: 1, inFlight: 1 });
    expect(named('store').low).toBeLessThan(epoch);
    settles[0]?.();
    await settle();
    expect(named('store').low).toBe(epoch);
  });

  test('that is asynchronous has its records of before it was an operator in hand', async () => {
    const source = open();
    const settles: (() => void)[] = [];
    source.on('data', async function store() {
      await new Promise<void>((resolve) => settles.push(resolve));
    });
    source.push(1);
    source.push(2);
    await settle();
    settles[1]?.();
    await settle();
    grow();
    expect(named('store')).toMatchObject({ done: 0, inFlight: 1 });
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    expect(named('store').low).toBeLessThan(epoch);
    settles[0]?.();
    await settle();
    expect(named('store')).toMatchObject({ done: 1, inFlight: 0, low: epoch });
  });

  test('that is found late has passed nothing of what its stream still holds', async () => {
    const source = open();
    open().pipe(new Writable({ objectMode: true }));
    source.on('data', function onOrder() {});
    source.pause();
    source.push('held');
    await settle();
    tracked.current.beat();
    grow();
    const { epoch } = tracked.current.graph;
    expect(named('onOrder').low).toBeLessThan(epoch);
    source.resume();
    await settle();
    expect(named('onOrder').low).toBeGreaterThanOrEqual(epoch);
  });

  test('of a composition has what the outer stream holds before it', async () => {
    const step = (): PassThrough => new PassThrough({ objectMode: true });
    const source = open();
    const outer = compose(step(), step());
    source.pipe(outer);
    outer.on('data', function onOrder() {});
    outer.pause();
    for (let order = 0; order < 5; order++) source.push(order);
    await settle();
    grow();
    tracked.current.beat();
    const { epoch } = tracked.current.graph;
    expect(named('onOrder').low).toBeLessThan(epoch);
    outer.resume();
    await settle();
    expect(named('onOrder').low).toBe(epoch);
  });

  test('writes into another stream by hand, and the edge is found', async () => {
    class Ledger extends Writable {
      constructor() {
        super({ objectMode: true, write: (_record, _encoding, done) => done() });
      }
    }
    const source = open();
    const ledger = new Ledger();
    source.on('data', function onOrder(order) {
      ledger.write(order);
    });
    grow();
    source.push(1);
    await settle();
    expect(tracked.current.edgeNames()).toContain('onOrder -> Ledger');
  });

  test('leaves the graph with its stream', async () => {
    const source = open();
    source.on('data', function onOrder() {});
    grow();
    source.push(null);
    await settle();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
  });
});

test('in random flows a marker passes a listener after every chunk that precedes it', async () => {
  const random = seededRandom(7);
  let checks = 0;
  for (let run = 0; run < 80; run++) {
    const total = 100 + random.below(200);
    const objectMode = random.chance(0.5);
    let produced = 0;
    let consumed = 0;
    const cuts = new Map<number, number>();
    const source: Readable = new Readable({
      objectMode,
      highWaterMark: 1 + random.below(20),
      read() {
        later(random, () => {
          if (random.chance(0.1)) tracked.current.pulse();
          if (produced >= total) source.push(null);
          else {
            produced++;
            source.push(objectMode ? { produced } : Buffer.alloc(1 + random.below(40)));
          }
        });
      },
    });
    tracked.current.onPass = (operator, epoch) => {
      if (epoch === Number.POSITIVE_INFINITY) return;
      const { name, kind } = operator as Operator;
      if (kind === 'source') cuts.set(epoch, produced);
      const cut = cuts.get(epoch);
      if (!name.startsWith('count') || cut === undefined) return;
      checks++;
      expect(consumed, `run ${run}`).toBeGreaterThanOrEqual(cut);
    };
    const ended = new Promise((resolve) => source.once('end', resolve));
    source.on('data', function count() {
      // It counts as consumed when the listener is done with it.
      if (random.chance(0.05)) {
        source.pause();
        setImmediate(() => source.resume());
      }
      consumed++;
    });
    grow();
    const timer = setInterval(() => tracked.current.beat(), 1);
    await ended;
    clearInterval(timer);
    tracked.current.onPass = () => {};
    tracked.current.beat();
  }
  expect(checks).toBeGreaterThan(200);
});
