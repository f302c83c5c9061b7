import { createRequire } from 'node:module';
import * as node from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

const require = createRequire(import.meta.url);
const COPIES = ['readable-stream-2', 'readable-stream-3', 'readable-stream-4'];
/** A batch is done with at once. */
const TOLERANCE = 40;

/** Steps of different copies of the stream code in one flow: those of the npm package, old and new, and Node's own. */
export async function runCopies(harness, random, result) {
  const copies = [node, ...COPIES.map((name) => require(name))];
  await runWith(harness, random, result, () => copies[random.below(copies.length)]);
}

/** The same with the streams of streamx, which go on by themselves. */
export async function runStreamx(harness, random, result) {
  const streamx = require('streamx');
  await runWith(harness, random, result, () => streamx);
}

async function runWith(harness, random, result, copy) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 200;
  let produced = 0;
  const options = () => ({ objectMode: true, highWaterMark: 1 + random.below(8) });
  const source = named('Numbers', copy().Readable, options(), {
    _read(done) {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        this.push(produced >= total ? null : { origin: produced++ });
        // A number for all but streamx.
        if (typeof done === 'function') done();
      });
    },
  });
  truth.source(source.name, () => produced);
  const steps = Array.from({ length: 1 + random.below(3) }, () => {
    const kind = ['keep', 'drop', 'multiply'][random.below(3)];
    const step = named('Step', copy().Transform, options(), {
      _transform(record, ...rest) {
        const done = rest.at(-1);
        later(random, () => {
          if (random.chance(0.05)) harness.pulse();
          const copies = kind === 'keep' ? 1 : kind === 'drop' ? Number(random.chance(0.7)) : random.below(3);
          for (let count = copies; count > 0; count--) this.push({ ...record });
          stage.complete(record.origin);
          done();
        });
      },
    });
    const stage = truth.stage(step.name);
    return step.stream;
  });
  const batches = random.chance(0.4);
  const finish = (records, done) => {
    later(random, () => {
      for (const { origin } of records) stored.complete(origin);
      done();
    });
  };
  const sink = named('Ledger', copy().Writable, options(), {
    _write: (record, ...rest) => finish([record], rest.at(-1)),
    ...(batches && {
      _writev: (records, done) =>
        finish(
          records.map((each) => each.chunk ?? each),
          done,
        ),
    }),
  });
  const stored = truth.stage(sink.name);
  await drive(harness, random, (done) => {
    let last = source.stream;
    for (const next of [...steps, sink.stream]) last = last.pipe(next);
    sink.stream.on('finish', () => done());
  });
  harness.beat();
}

let made = 0;

/** Nothing but its name tells the operator of such a stream. */
function named(what, Kind, options, methods) {
  const name = `${what}${made++}`;
  const classes = { [name]: class extends Kind {} };
  Object.assign(classes[name].prototype, methods);
  return { name, stream: new classes[name](options) };
}
