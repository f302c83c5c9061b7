import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** A pipe reads ahead by what its target has room for: a few chunks may be done with before the marker is looked at. */
const TOLERANCE = 16;
/** Chunks of one of several lines. */
const MAX_IN_TURN = 40;

/**
 * A line of Web Streams, which tee() may split before its end: every step keeps, drops or multiplies its chunks, at once, by a
 * promise or by a thenable that is none; steps may fail, and pipes may be aborted.
 */
export async function runWeb(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 60 + random.below(100);
  let given = 0;
  const pull = (controller) =>
    atSomeTime(random, () => {
      for (let burst = 1 + random.below(4); burst > 0 && given < total; burst--) {
        if (random.chance(0.2)) harness.pulse();
        controller.enqueue({ origin: given++ });
      }
      if (given === total) controller.close();
    });
  truth.source(pull, () => given);
  let readable = new ReadableStream({ pull }, strategy(random));
  for (let depth = random.below(4); depth > 0; depth--) readable = readable.pipeThrough(step(harness, random, truth));
  const branches = random.chance(0.3) ? readable.tee() : [readable];
  await drive(harness, random, (done) => {
    const ends = branches.map((branch) => {
      const options = random.chance(0.1) ? { signal: abortedLater(random) } : undefined;
      return branch.pipeTo(sink(harness, random, truth), options);
    });
    // A failure of the flow's own is part of it.
    void Promise.allSettled(ends).then(() => done());
  });
}

/** A line of Web Streams that a loop takes from. */
export async function runWebLoop(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 60 + random.below(100);
  let given = 0;
  const grownAt = random.below(20);
  const pull = (controller) =>
    atSomeTime(random, () => {
      if (given === grownAt) setImmediate(() => harness.grow());
      if (random.chance(0.2)) harness.pulse();
      if (given === total) controller.close();
      else controller.enqueue({ origin: given++ });
    });
  truth.source(pull, () => given);
  let readable = new ReadableStream({ pull }, strategy(random));
  for (let depth = random.below(3); depth > 0; depth--) readable = readable.pipeThrough(step(harness, random, truth));
  const name = `takeAll${loops++}`;
  const stage = truth.stage({ is: (operator) => operator.name.startsWith(name) });
  const limit = random.chance(0.2) ? random.below(40) : Number.POSITIVE_INFINITY;
  const bodies = {
    async [name]() {
      let taken = 0;
      for await (const { origin } of readable) {
        if (random.chance(0.1)) harness.pulse();
        if (random.chance(0.6)) await new Promise((resolve) => later(random, resolve));
        stage.complete(origin);
        if (++taken > limit) break;
      }
    },
  };
  await drive(harness, random, (done) => {
    // A failure of the flow's own is part of it.
    const over = () => done();
    bodies[name]().then(over, over);
  });
  harness.beat();
}

let loops = 0;

/** Two lines one after the other into the same sink. */
export async function runWebInTurn(harness, random, result) {
  // Until the end of the line before has arrived, markers wait for the whole line that follows.
  const truth = openTruth(harness, result, MAX_IN_TURN);
  const into = sink(harness, random, truth);
  await drive(harness, random, async (done) => {
    for (let line = 0; line < 3; line++) {
      const total = random.below(MAX_IN_TURN);
      let given = 0;
      const pull = (controller) =>
        atSomeTime(random, () => {
          if (given === total) controller.close();
          else controller.enqueue({ origin: given++, source });
        });
      const source = truth.source(pull, () => given);
      await new ReadableStream({ pull }, strategy(random)).pipeTo(into, { preventClose: true }).catch(() => {});
    }
    // Else it would stay until it is collected.
    await into.close().catch(() => {});
    done();
  });
}

function step(harness, random, truth) {
  if (random.chance(0.1)) return new TransformStream();
  const kind = ['keep', 'drop', 'multiply'][random.below(3)];
  const fails = random.chance(0.1) ? random.below(60) : -1;
  const transform = ({ origin, source }, controller) => {
    if (random.chance(0.1)) harness.pulse();
    return atSomeTime(random, () => {
      if (origin === fails) throw new Error('a step has failed');
      if (kind === 'keep' || (kind === 'drop' && random.chance(0.6))) controller.enqueue({ origin, source });
      else if (kind === 'multiply')
        for (let copies = random.below(3); copies > 0; copies--) controller.enqueue({ origin, source });
      stage.complete(origin, source);
    });
  };
  const stage = truth.stage(transform);
  return new TransformStream({ transform }, strategy(random, 1), strategy(random));
}

function sink(harness, random, truth) {
  const fails = random.chance(0.1) ? random.below(60) : -1;
  const write = ({ origin, source }) => {
    if (random.chance(0.1)) harness.pulse();
    return atSomeTime(random, () => {
      if (origin === fails) throw new Error('the sink has failed');
      stage.complete(origin, source);
    });
  };
  const stage = truth.stage(write);
  return new WritableStream({ write }, strategy(random, 1));
}

/** Nothing is ever written into a stream that never has room. */
function strategy(random, least = 0) {
  if (random.chance(0.4)) return undefined;
  const highWaterMark = least + random.below(6);
  return random.chance(0.5) ? { highWaterMark } : { highWaterMark, size: () => 1 + random.below(3) };
}

/** Does the work of one chunk in one of the ways in which user code does it. */
function atSomeTime(random, work) {
  const share = random.next();
  if (share < 0.4) {
    work();
    return undefined;
  }
  const promise = new Promise((resolve, reject) => {
    later(random, () => {
      try {
        work();
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
  if (share < 0.8) return promise;
  // biome-ignore lint/suspicious/noThenProperty: what is to be shown
  return { then: (resolve, reject) => promise.then(resolve, reject) };
}

function abortedLater(random) {
  const controller = new AbortController();
  let turns = random.below(100);
  const turn = () => (turns-- > 0 ? setImmediate(turn) : controller.abort());
  turn();
  return controller.signal;
}
