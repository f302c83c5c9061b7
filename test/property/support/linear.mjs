import { pipeline, Readable, Transform, Writable } from 'node:stream';
import { later } from './random.mjs';

/**
 * One pipeline of random stages over numbered records.
 *
 * Early: a stage completes a record from before the cut after the marker has passed it.
 * Late: a stage has completed a record from after the cut (and, with writev, the whole batch is from after it) when the marker passes.
 */
export async function runLinear(harness, random, result) {
  const total = 200 + random.below(400);
  let produced = 0;
  /** Epoch -> records that the source had put out when the epoch began. */
  const cuts = new Map();
  const stages = [];
  const completed = [];
  const before = [];
  const passedCut = [];

  const complete = (stage, first, last) => {
    if (passedCut[stage] !== undefined && first < passedCut[stage]) result.early++;
    before[stage] = first - 1;
    completed[stage] = last;
  };
  const source = new Readable({
    objectMode: true,
    highWaterMark: 1 + random.below(20),
    read() {
      later(random, () => {
        if (random.chance(0.05)) harness.pulse();
        if (produced >= total) this.push(null);
        else this.push({ origin: produced++ });
      });
    },
  });
  const count = 1 + random.below(4);
  for (let stage = 0; stage < count; stage++) stages.push(randomStage(random, stage, complete));
  stages.push(randomSink(random, count, complete));

  harness.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    if (operator.stream === source) {
      cuts.set(epoch, produced);
      return;
    }
    const stage = stages.indexOf(operator.stream);
    const cut = cuts.get(epoch);
    if (stage < 0 || cut === undefined) return;
    result.checks++;
    passedCut[stage] = cut;
    if ((completed[stage] ?? -1) < cut) return;
    if (stages[stage].batched && before[stage] + 1 < cut) result.inBatch++;
    else result.late++;
  };
  await drive(harness, random, (done) => pipeline(source, ...stages, done));
}

function randomStage(random, stage, complete) {
  const kind = ['map', 'filter', 'flatMap', 'batch'][random.below(4)];
  let batch = [];
  return new Transform({
    objectMode: true,
    highWaterMark: 1 + random.below(20),
    transform(record, _encoding, done) {
      later(random, () => {
        const { origin } = record;
        if (kind === 'map') this.push({ origin });
        else if (kind === 'filter' && random.chance(0.66)) this.push({ origin });
        else if (kind === 'flatMap') for (let copies = random.below(4); copies > 0; copies--) this.push({ origin });
        else if (kind === 'batch') {
          batch.push(record);
          if (batch.length >= 5) {
            this.push({ origin });
            batch = [];
          }
        }
        complete(stage, origin, origin);
        done();
      });
    },
  });
}

function randomSink(random, stage, complete) {
  const batched = random.chance(0.5);
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(20),
    write(record, _encoding, done) {
      later(random, () => {
        complete(stage, record.origin, record.origin);
        done();
      });
    },
    ...(batched && {
      writev(chunks, done) {
        later(random, () => {
          complete(stage, chunks[0].chunk.origin, chunks.at(-1).chunk.origin);
          done();
        });
      },
    }),
  });
  return Object.assign(sink, { batched });
}

/** The same over bytes: a marker passes with the write that reaches its position, and never before. */
export async function runBytes(harness, random, result) {
  const total = 20_000 + random.below(20_000);
  let produced = 0;
  const cuts = new Map();
  const completed = [];
  const lastLength = [];
  const complete = (stage, length) => {
    completed[stage] = (completed[stage] ?? 0) + length;
    lastLength[stage] = length;
  };
  const source = new Readable({
    highWaterMark: 16 + random.below(2000),
    read() {
      later(random, () => {
        if (random.chance(0.05)) harness.pulse();
        const length = Math.min(1 + random.below(200), total - produced);
        produced += length;
        this.push(length === 0 ? null : Buffer.alloc(length));
      });
    },
  });
  const stages = Array.from({ length: 1 + random.below(3) }, (_none, stage) => {
    return new Transform({
      highWaterMark: 16 + random.below(2000),
      transform(chunk, _encoding, done) {
        later(random, () => {
          const middle = random.below(chunk.length);
          this.push(chunk.subarray(0, middle));
          this.push(chunk.subarray(middle));
          complete(stage, chunk.length);
          done();
        });
      },
    });
  });
  const last = stages.length;
  const writev = random.chance(0.5);
  stages.push(
    new Writable({
      highWaterMark: 16 + random.below(2000),
      write(chunk, _encoding, done) {
        later(random, () => {
          complete(last, chunk.length);
          done();
        });
      },
      ...(writev && {
        writev(chunks, done) {
          later(random, () => {
            complete(
              last,
              chunks.reduce((sum, { chunk }) => sum + chunk.length, 0),
            );
            done();
          });
        },
      }),
    }),
  );
  harness.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    if (operator.stream === source) cuts.set(epoch, produced);
    const stage = stages.indexOf(operator.stream);
    const cut = cuts.get(epoch);
    if (stage < 0 || cut === undefined) return;
    result.checks++;
    const done = completed[stage] ?? 0;
    if (done < cut) result.early++;
    else if (done - (lastLength[stage] ?? 0) >= cut && cut > 0 && done > cut) result.late++;
  };
  await drive(harness, random, (done) => pipeline(source, ...stages, done));
}

/**
 * Runs a flow to its end while epochs begin in turns of the event loop, on an empty stack or unnoticed until the next completion.
 * No clock takes part, so that the same seed gives the same run.
 */
export async function drive(harness, random, start) {
  let over = false;
  const turn = () => {
    if (over) return;
    if (random.chance(BEATS)) {
      if (random.chance(0.5)) harness.beat();
      else harness.pulse();
    }
    setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
  } finally {
    over = true;
    harness.onPass = () => {};
    harness.onBegin = () => {};
    harness.look();
  }
}

/** In which share of the turns an epoch begins. */
const BEATS = 0.2;
