import stream, { PassThrough, pipeline, Readable, Transform, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** The outer stream of a composition reads ahead of its inner ones, and they of each other. */
const TOLERANCE = 60;

/**
 * Streams that are composed of others, also of compositions, in a pipeline with functions or without. Nothing fails: Node's own
 * compositions may never tell of that.
 */
export async function runCompositions(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 150;
  let produced = 0;
  const source = new Readable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    read() {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        this.push(produced >= total ? null : { origin: produced++ });
      });
    },
  });
  truth.source(source, () => produced);
  const context = { harness, random, truth };
  const middle = Array.from({ length: 1 + random.below(2) }, () => part(context, 2));
  const hears = random.chance(0.3);
  if (!hears && random.chance(0.3))
    middle.splice(random.below(middle.length + 1), 0, async function* passOn(records) {
      for await (const record of records) yield record;
    });
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    write({ origin }, _encoding, done) {
      later(random, () => {
        stored.complete(origin);
        done();
      });
    },
  });
  const stored = truth.stage(sink);
  const [first, ...rest] = middle;
  const composed =
    random.chance(0.2) && typeof first !== 'function'
      ? [source.compose(first).on('error', () => {}), ...rest]
      : [source, ...middle];
  await drive(harness, random, (done) => {
    if (hears) hear(context, composed, done);
    else {
      sink.on('close', () => done());
      pipeline(...composed, sink, () => {});
    }
  });
  harness.beat();
}

/** What comes out of the last stream is taken by a listener. */
function hear({ harness, random, truth }, streams, done) {
  const take = ({ origin }) => taken.complete(origin);
  const taken = truth.stage(take);
  let last;
  for (const each of streams) last = last === undefined ? each : last.pipe(each);
  last.on('error', () => {});
  const grownAt = random.below(20);
  let turns = 0;
  const turn = () => {
    if (turns++ === grownAt) harness.grow();
    else setImmediate(turn);
  };
  turn();
  last.on('data', take);
  last.on('end', () => done());
}

function part(context, depth) {
  if (depth === 0 || context.random.chance(0.3)) return step(context);
  const parts = Array.from({ length: 1 + context.random.below(3) }, () => part(context, depth - 1));
  // Node takes the end of a composition for an abort when its halves end in the wrong order, and tells of it as an error.
  return stream.compose(...parts).on('error', () => {});
}

function step({ harness, random, truth }) {
  const options = { objectMode: true, highWaterMark: 1 + random.below(8) };
  if (random.chance(0.1)) return new PassThrough(options);
  const kind = ['keep', 'drop', 'multiply'][random.below(3)];
  const transform = new Transform({
    ...options,
    transform(record, _encoding, done) {
      later(random, () => {
        if (random.chance(0.05)) harness.pulse();
        const copies = kind === 'keep' ? 1 : kind === 'drop' ? Number(random.chance(0.7)) : random.below(3);
        for (let count = copies; count > 0; count--) this.push({ ...record });
        stage.complete(record.origin);
        done();
      });
    },
  });
  const stage = truth.stage(transform);
  return transform;
}
