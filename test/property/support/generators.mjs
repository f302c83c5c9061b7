import { pipeline, Readable, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { openTruth } from './truth.mjs';

/** One record in the hand of each body. */
const TOLERANCE = 6;

/** Comes back at once, after a microtask, or in another turn of the loop. */
function pause(random) {
  const share = random.next();
  if (share < 0.6) return undefined;
  if (share < 0.9) return Promise.resolve();
  return new Promise(share < 0.95 ? setImmediate : process.nextTick);
}

/**
 * A chain of random generators over numbered records, in a pipeline or in front of a loop.
 *
 * Early: a body is done with a record from before the cut after the marker has passed it. Late: it was done with two records
 * from after the cut when the marker passed.
 */
export async function runGenerators(harness, random, result) {
  const total = 60 + random.below(100);
  const fromStream = random.chance(0.4);
  /** Records that have left the source: put into the buffer of a stream, or taken by the first body. */
  let produced = 0;
  const cuts = new Map();
  const completed = [];
  const passedCut = [];
  const bodies = [];
  const grownAt = random.below(6);
  const fails = random.chance(0.1) ? random.below(total) : -1;

  const take = (stage, origin) => {
    if (stage === 0 && !fromStream) produced = Math.max(produced, origin + 1);
  };
  const complete = (stage, origin) => {
    if (passedCut[stage] !== undefined && origin < passedCut[stage]) result.early++;
    completed[stage] = origin;
  };
  const grow = async (origin) => {
    if (random.chance(0.05)) harness.pulse();
    if (origin !== grownAt) return;
    // All generators are old enough from here on.
    await new Promise(setImmediate);
    harness.board.clock[0] += 1000;
    setImmediate(() => harness.beat());
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  };
  async function* numbers() {
    for (let origin = 0; origin < total; origin++) {
      await pause(random);
      await grow(origin);
      yield { origin };
    }
  }
  const source = fromStream
    ? new Readable({
        objectMode: true,
        highWaterMark: 1 + random.below(8),
        async read() {
          await pause(random);
          await grow(produced);
          this.push(produced >= total ? null : { origin: produced++ });
        },
      })
    : numbers();

  const count = 1 + random.below(3);
  for (let stage = 0; stage < count; stage++) bodies.push(randomBody(random, stage, take, complete, harness, fails));
  const limit = random.chance(0.2) ? 20 + random.below(40) : Number.POSITIVE_INFINITY;
  const last = count;
  async function consume(records) {
    let taken = 0;
    for await (const { origin } of records) {
      take(last, origin);
      await pause(random);
      complete(last, origin);
      if (++taken >= limit) break;
    }
  }
  bodies.push(consume);
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    write({ origin }, _encoding, done) {
      void Promise.resolve(pause(random)).then(() => {
        complete(last, origin);
        done();
      });
    },
  });
  const stageOf = (operator) => {
    if (operator.stream === sink || operator.name.startsWith('consume')) return last;
    return bodies.indexOf(operator.inspect().functions[0]);
  };
  const isSource = (operator) => operator.stream === source || operator.inspect().functions[0] === numbers;
  const comesFromSource = (operator) =>
    isSource(operator) || operator.inputs.some((edge) => edge.carries && comesFromSource(edge.source));
  harness.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    if (isSource(operator)) {
      cuts.set(epoch, produced);
      return;
    }
    const stage = stageOf(operator);
    const cut = cuts.get(epoch);
    // Where there was no room to look at a generator in time, the chain is in two parts, and each has epochs of its own.
    if (stage < 0 || cut === undefined || !comesFromSource(operator)) return;
    result.checks++;
    passedCut[stage] = cut;
    if ((completed[stage] ?? -1) > cut + 1) result.late++;
  };
  const stages = bodies.slice(0, count);
  await drive(harness, random, (done) => {
    const shape = random.below(3);
    // A failure of the flow's own is part of it.
    const over = () => done();
    if (shape === 0) {
      pipeline(source, ...stages, sink, over);
      return;
    }
    let chain = source;
    for (const stage of stages) chain = stage(chain);
    if (shape === 1) pipeline(Readable.from(chain), sink, over);
    else consume(chain).then(over, over);
  });
}

/** A generator that keeps, drops, multiplies or delegates its records, and may fail at one of them. */
function randomBody(random, stage, take, complete, harness, fails) {
  const slow = random.chance(0.3);
  async function* several(origin) {
    for (let copies = random.below(3); copies > 0; copies--) {
      await pause(random);
      yield { origin };
    }
  }
  // No two have the same name: a body that goes on after an await is known by it.
  const outputs = {
    async *[`keep${stage}`](records) {
      if (slow) await null;
      for await (const { origin } of records) {
        take(stage, origin);
        await pause(random);
        if (origin === fails) throw new Error('a body has failed');
        yield { origin };
        complete(stage, origin);
      }
    },
    async *[`drop${stage}`](records) {
      for await (const { origin } of records) {
        take(stage, origin);
        if (random.chance(0.05)) harness.pulse();
        if (random.chance(0.5)) yield { origin };
        await pause(random);
        complete(stage, origin);
      }
    },
    async *[`delegate${stage}`](records) {
      for await (const { origin } of records) {
        take(stage, origin);
        yield* several(origin);
        complete(stage, origin);
      }
    },
    async *[`nested${stage}`](records) {
      for await (const { origin } of records) {
        take(stage, origin);
        for await (const each of several(origin)) yield each;
        await pause(random);
        complete(stage, origin);
      }
    },
  };
  const all = Object.values(outputs);
  return all[random.below(all.length)];
}

/** A body that takes from one generator or stream after another, each with numbers of its own. */
export async function runOneAfterTheOther(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const sources = Array.from({ length: 2 + random.below(2) }, (_none, at) => numbersOf(harness, random, truth, at));
  const bodies = {
    async *concat() {
      for (const { records, known, take } of sources) {
        for await (const { origin } of records) {
          take(origin);
          await pause(random);
          yield { origin, known };
          first.complete(origin, known);
        }
      }
    },
  };
  const first = truth.stage(bodies.concat);
  const last = truth.stage({ is: ({ name }) => name.startsWith('consumeAll') });
  async function consumeAll(records) {
    for await (const { origin, known } of records) {
      if (random.chance(0.1)) harness.pulse();
      await pause(random);
      last.complete(origin, known);
    }
  }
  await drive(harness, random, (done) => {
    const turns = setImmediate(function grow() {
      if (random.chance(0.1)) harness.grow();
      turn = setImmediate(grow);
    });
    let turn = turns;
    consumeAll(bodies.concat()).then(() => {
      clearImmediate(turn);
      done();
    }, done);
  });
  harness.beat();
}

function numbersOf(harness, random, truth, at) {
  const total = 40 + random.below(60);
  let produced = 0;
  if (random.chance(0.4)) {
    const records = new Readable({
      objectMode: true,
      highWaterMark: 1 + random.below(8),
      async read() {
        await pause(random);
        if (random.chance(0.1)) harness.pulse();
        this.push(produced >= total ? null : { origin: produced++ });
      },
    });
    return { records, known: truth.source(records, () => produced), take: () => {} };
  }
  const makers = {
    async *[`numbers${at}`]() {
      for (let origin = 0; origin < total; origin++) {
        await pause(random);
        if (random.chance(0.1)) harness.pulse();
        yield { origin };
      }
    },
  };
  const maker = makers[`numbers${at}`];
  const take = (origin) => {
    produced = origin + 1;
  };
  return { records: maker(), known: truth.source(maker, () => produced), take };
}
