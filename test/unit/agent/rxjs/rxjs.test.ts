import { createRequire } from 'node:module';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Operator } from '../../../../agent/src/operator/operator.ts';
import { seededRandom } from '../../../property/support/random.mjs';
import { settle, stateOf, trackEachTest } from '../stream/tracked.ts';

const tracked = trackEachTest();
const require = createRequire(import.meta.url);
let rx: typeof import('rxjs');

beforeEach(() => {
  // The library is met when it is loaded: each tracker gets a copy of its own.
  for (const file of Object.keys(require.cache)) if (/[\\/]rxjs[\\/]/.test(file)) delete require.cache[file];
  rx = require('rxjs');
});

const named = (name: string): Operator => tracked.current.named(name) as never;

/** Promises that the test settles. */
function gate(): {
  readonly project: (value: number) => Promise<number>;
  open(value: number): void;
  fail(value: number): void;
} {
  const held = new Map<number, { resolve: (value: number) => void; reject: (error: Error) => void }>();
  return {
    project: function enrich(value) {
      return new Promise((resolve, reject) => held.set(value, { resolve, reject }));
    },
    open: (value) => held.get(value)?.resolve(value),
    fail: (value) => held.get(value)?.reject(new Error('no')),
  };
}

test('a mergeMap passes a marker when everything before it has come out', async () => {
  const source = new rx.Subject<number>();
  const { project, open } = gate();
  const out: number[] = [];
  source.pipe(rx.mergeMap(project, 2)).subscribe((value) => out.push(value));
  for (const value of [1, 2, 3]) source.next(value);
  const operator = named('mergeMap enrich');
  expect(operator.inFlight).toBe(3);
  tracked.current.beat();
  const { epoch } = tracked.current.graph;
  open(2);
  await settle();
  open(3);
  await settle();
  expect(out).toEqual([2, 3]);
  expect(stateOf(operator)).toBe('BUSY');
  expect(operator.low).toBeLessThan(epoch);
  open(1);
  await settle();
  expect(operator.low).toBe(epoch);
  expect(stateOf(operator)).toBe('IDLE');
});

test('a value that failed is done, and the error goes where it went', async () => {
  const source = new rx.Subject<number>();
  const { project, fail } = gate();
  const errors: unknown[] = [];
  source.pipe(rx.concatMap(project)).subscribe({ error: (error) => errors.push(error) });
  source.next(1);
  fail(1);
  await settle();
  expect(errors).toEqual([new Error('no')]);
  expect(named('concatMap enrich').inFlight).toBe(0);
});

test('what is replaced, or not wanted any more, is done', async () => {
  const source = new rx.Subject<number>();
  const { project } = gate();
  const latest = source.pipe(rx.switchMap(project)).subscribe();
  source.next(1);
  source.next(2);
  expect(named('switchMap enrich').inFlight).toBe(1);
  latest.unsubscribe();
  expect(named('switchMap enrich').inFlight).toBe(0);
  const queue = source.pipe(rx.concatMap(project)).subscribe();
  for (const value of [1, 2, 3]) source.next(value);
  expect(named('concatMap enrich').inFlight).toBe(3);
  queue.unsubscribe();
  expect(named('concatMap enrich').inFlight).toBe(0);
});

test('what an exhaustMap ignores was never in it', () => {
  const source = new rx.Subject<number>();
  source.pipe(rx.exhaustMap(gate().project)).subscribe();
  for (const value of [1, 2, 3]) source.next(value);
  expect(named('exhaustMap enrich').inFlight).toBe(1);
});

test('what waits because it is asked to is never busy', async () => {
  const source = new rx.Subject<number>();
  source.pipe(rx.delay(60_000)).subscribe();
  source.next(1);
  expect(tracked.current.graph.operators).toEqual([]);
  const open = new rx.Subject<number>();
  source
    .pipe(
      rx.mergeMap(function follow() {
        return open;
      }),
    )
    .subscribe();
  source.next(2);
  open.next(1);
  expect(stateOf(named('mergeMap follow'))).toBe('PAUSED');
  expect(named('mergeMap follow').condition.pauseReason).toBe('an inner Observable stays open');
  open.complete();
  expect(stateOf(named('mergeMap follow'))).toBe('IDLE');
});

describe('an inner Observable that begins with a promise', () => {
  const never = new Promise<number>(() => {});
  const shapes: readonly (readonly [string, () => import('rxjs').Observable<unknown>])[] = [
    ['is at work', () => rx.from(never)],
    ['is at work behind operators', () => rx.from(never).pipe(rx.map(String), rx.retry(2))],
    ['is at work when it is made late', () => rx.defer(async () => never).pipe(rx.map(String))],
  ];
  test.each(shapes)('%s', (_what, make) => {
    const source = new rx.Subject<number>();
    const flow = source.pipe(rx.mergeMap(() => make())).subscribe();
    source.next(1);
    const [operator] = tracked.current.graph.operators;
    expect(stateOf(operator as Operator)).toBe('BUSY');
    flow.unsubscribe();
    expect(stateOf(operator as Operator)).toBe('IDLE');
  });

  test('is paused when the promise has ended and what follows it stays open', async () => {
    const source = new rx.Subject<number>();
    source
      .pipe(
        rx.concatMap(() =>
          rx.from(Promise.resolve(1)).pipe(
            rx.map((value) => value),
            rx.concatWith(rx.NEVER),
          ),
        ),
      )
      .subscribe();
    source.next(1);
    await settle();
    const [operator] = tracked.current.graph.operators;
    expect(stateOf(operator as Operator)).toBe('PAUSED');
  });

  test('is none where a promise only tells when to stop', () => {
    const source = new rx.Subject<number>();
    source.pipe(rx.mergeMap(() => rx.interval(60_000).pipe(rx.takeUntil(rx.from(never))))).subscribe();
    source.next(1);
    const [operator] = tracked.current.graph.operators;
    expect(stateOf(operator as Operator)).toBe('PAUSED');
  });

  test('is counted no more when it is replaced', () => {
    const source = new rx.Subject<number>();
    source.pipe(rx.switchMap((value) => (value === 1 ? never : rx.NEVER))).subscribe();
    source.next(1);
    const [operator] = tracked.current.graph.operators;
    expect(stateOf(operator as Operator)).toBe('BUSY');
    source.next(2);
    expect(stateOf(operator as Operator)).toBe('PAUSED');
  });

  test('leaves its rejection to the program', async () => {
    const failing = rx.of(1).pipe(rx.mergeMap(() => rx.from(Promise.reject(new Error('mine')))));
    await expect(rx.lastValueFrom(failing)).rejects.toThrow('mine');
    const late = rx.of(1).pipe(rx.mergeMap(() => rx.defer(async () => Promise.reject(new Error('mine too')))));
    await expect(rx.lastValueFrom(late)).rejects.toThrow('mine too');
  });
});

describe('a place in the code', () => {
  test('that nobody subscribes to any more leaves the graph, and is found again', () => {
    const source = new rx.Subject<number>();
    const { project } = gate();
    const flow = source.pipe(rx.mergeMap(project));
    const first = flow.subscribe();
    for (let pulse = 0; pulse < 7000; pulse++) tracked.current.pulse();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toHaveLength(1);
    first.unsubscribe();
    for (let pulse = 0; pulse < 7000; pulse++) tracked.current.pulse();
    tracked.current.beat();
    tracked.current.beat();
    expect(tracked.current.graph.operators).toEqual([]);
    flow.subscribe();
    source.next(1);
    expect(named('mergeMap enrich')).toMatchObject({ inFlight: 1 });
  });
});

test('one place in the code is one operator, however often it is subscribed to', () => {
  const source = new rx.Subject<number>();
  const { project } = gate();
  const perRequest = () => source.pipe(rx.mergeMap(project)).subscribe();
  for (let request = 0; request < 100; request++) perRequest();
  expect(tracked.current.graph.operators).toHaveLength(1);
});

describe('the edge between two boundaries', () => {
  test('carries markers through operators that hold nothing back', () => {
    new rx.Subject<number>()
      .pipe(
        rx.mergeMap(gate().project),
        rx.map((value) => value + 1),
        rx.bufferCount(2),
        rx.concatMap(async function store() {}),
      )
      .subscribe();
    expect(tracked.current.edgeNames()).toEqual(['mergeMap enrich -> concatMap store']);
    expect(named('mergeMap enrich').outputs[0]?.carries).toBe(true);
  });

  test('is only shown where something in between waits for a clock', () => {
    new rx.Subject<number>()
      .pipe(
        rx.mergeMap(gate().project),
        rx.debounceTime(5),
        rx.concatMap(async function store() {}),
      )
      .subscribe();
    expect(named('mergeMap enrich').outputs[0]?.carries).toBe(false);
  });
});

test('in random chains no marker passes before a record that precedes it', { timeout: 60_000 }, async () => {
  const random = seededRandom(20_261_124);
  let checks = 0;
  for (let run = 0; run < 60; run++) {
    let produced = 0;
    const stored = new Set<number>();
    const cuts = new Map<number, number>();
    const enrich = async (value: number): Promise<number> => {
      for (let turns = random.below(4); turns > 0; turns--) await undefined;
      return value;
    };
    const store = async (value: number): Promise<void> => {
      for (let turns = random.below(3); turns > 0; turns--) await undefined;
      stored.add(value);
    };
    tracked.current.onPass = (operator, epoch) => {
      const { name } = operator as Operator;
      const cut = cuts.get(epoch);
      if (cut === undefined || epoch === Number.POSITIVE_INFINITY || !name.startsWith('concatMap store')) return;
      for (let value = 0; value < cut; value++) expect(stored.has(value), `value ${value} of ${cut}`).toBe(true);
      checks++;
    };
    const source = new rx.Subject<number>();
    const done = rx.lastValueFrom(
      source.pipe(
        rx.mergeMap(enrich, 1 + random.below(5)),
        rx.map((value) => value),
        rx.concatMap(store),
      ),
      { defaultValue: undefined },
    );
    for (let record = 0; record < 150; record++) {
      source.next(produced++);
      if (random.chance(0.2)) {
        tracked.current.beat();
        cuts.set(tracked.current.graph.epoch, produced);
      }
      if (random.chance(0.3)) await undefined;
    }
    source.complete();
    await done;
    tracked.current.beat();
  }
  expect(checks).toBeGreaterThan(300);
});

test('after the tracker has stopped, chains run as they are', async () => {
  tracked.current.graph.stop();
  await expect(rx.lastValueFrom(rx.of(1).pipe(rx.mergeMap(async (value) => value + 1)))).resolves.toBe(2);
  expect(tracked.current.graph.operators).toEqual([]);
});
