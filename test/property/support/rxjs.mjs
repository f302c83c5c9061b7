import { createRequire } from 'node:module';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

const require = createRequire(import.meta.url);

/** What an inner Observable gives goes through the whole chain before the chain hears of its end. */
const TOLERANCE = 100;

/**
 * A chain of mergeMap, concatMap, switchMap and exhaustMap with promises, thenables and inner Observables, and with synchronous
 * operators between them. Steps may fail: then what is in flight is lost, and the chain begins again or ends.
 */
export async function runRxjs(harness, random, result) {
  // Met when the first run loads it: the harness has hooked the loader by then.
  const rx = require('rxjs');
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 60 + random.below(100);
  let given = 0;
  /** Another one after each failure: what belongs to the one before is wanted no more. */
  let attempt = 0;
  const fails = random.chance(0.3) ? random.below(total) : -1;
  const numbers = new rx.Observable((subscriber) => {
    const mine = ++attempt;
    const turn = () => {
      if (subscriber.closed || mine !== attempt) return;
      for (let burst = 1 + random.below(4); burst > 0 && given < total && mine === attempt; burst--) {
        if (random.chance(0.2)) harness.pulse();
        subscriber.next({ origin: given++, attempt: mine });
      }
      if (given >= total) subscriber.complete();
      else later(random, random.chance(0.3) ? () => setImmediate(turn) : turn);
    };
    setImmediate(turn);
  });
  const context = { rx, harness, random, truth, fails, current: () => attempt };
  let chain = numbers;
  const count = 1 + random.below(3);
  for (let at = 0; at < count; at++) {
    const boundary = makeBoundary(context, at);
    if (at === 0) truth.source(boundary.name, () => (boundary.replaces ? boundary.taken() : given));
    chain = chain.pipe(boundary.operator);
    for (let between = random.below(3); between > 0; between--) chain = chain.pipe(synchronous(rx, random));
  }
  const limit = random.chance(0.2) ? 20 + random.below(40) : Number.POSITIVE_INFINITY;
  const lost = rx.finalize(() => attempt++);
  const safe = chain.pipe(lost, random.chance(0.5) ? rx.retry(2) : rx.catchError(() => rx.EMPTY), rx.take(limit));
  await drive(harness, random, (done) => {
    safe.subscribe({ complete: () => done(), error: () => done() });
  });
}

const BOUNDARIES = ['mergeMap', 'mergeMap in turn', 'concatMap', 'switchMap', 'exhaustMap'];

/** One place in the code is one operator, so that the runs share those of a kind and a name. */
function makeBoundary({ rx, harness, random, truth, fails, current }, at) {
  const kind = BOUNDARIES[random.below(BOUNDARIES.length)];
  const [method] = kind.split(' ');
  const called = `${kind === method ? 'step' : 'queue'}${at}`;
  let newest;
  // A switchMap lets go of the record before, on which an epoch may begin, before it takes the one that has come.
  let taken = 0;
  const finish = (record) => {
    if (record.attempt !== current() || (kind === 'switchMap' && record !== newest)) return;
    stage.complete(record.origin);
  };
  const project = (record) => {
    newest = record;
    taken = record.origin + 1;
    if (random.chance(0.1)) harness.pulse();
    if (record.origin === fails && random.chance(0.3)) throw new Error('a projection has thrown');
    const share = random.next();
    // A copy: each record that comes in is one of its own.
    const next = () => ({ ...record });
    const settled = () =>
      new Promise((resolve, reject) => {
        later(random, () => {
          if (record.origin === fails && random.chance(0.5)) return reject(new Error('a promise has failed'));
          finish(record);
          resolve(next());
        });
      });
    if (share < 0.4) return settled();
    // biome-ignore lint/suspicious/noThenProperty: the library takes whatever has it
    if (share < 0.5) return { then: (resolve, reject) => settled().then(resolve, reject) };
    if (share < 0.6) {
      finish(record);
      return rx.EMPTY;
    }
    return new rx.Observable((subscriber) => {
      let copies = random.below(3);
      const turn = () => {
        if (subscriber.closed) return;
        if (copies-- > 0) {
          subscriber.next(next());
          later(random, turn);
          return;
        }
        finish(record);
        subscriber.complete();
      };
      later(random, turn);
    });
  };
  const name = `${method} ${called}`;
  const stage = truth.stage(name);
  Object.defineProperty(project, 'name', { value: called });
  const operator = kind === 'mergeMap in turn' ? rx.mergeMap(project, 1 + random.below(4)) : rx[method](project);
  return { name, operator, replaces: kind === 'switchMap', taken: () => taken };
}

function synchronous(rx, random) {
  const size = 1 + random.below(4);
  return [
    () => rx.map((record) => ({ ...record })),
    () => rx.filter(() => random.chance(0.7)),
    () => rx.tap(() => {}),
    // A batch is as old as the record that filled it; one that the end leaves unfilled is as old as the end.
    () =>
      rx.pipe(
        rx.bufferCount(size),
        rx.filter(({ length }) => length === size),
        rx.map((records) => records.at(-1)),
      ),
    () => rx.scan((_all, record) => record),
    () => rx.distinctUntilChanged(),
  ][random.below(6)]();
}
