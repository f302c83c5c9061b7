import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** What shares its target with others waits behind a flood of theirs: a listener does not tell its stream to wait. */
const TOLERANCE = 200;

/**
 * Streams of objects or bytes that are taken by listeners of the event "data", synchronous or not, some of which write into a
 * stream by hand or pause their stream, beside a pipe or without one.
 */
export async function runListeners(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 200;
  const grownAt = random.chance(0.8) ? random.below(10) : total + 1;
  const source = records(harness, random, total, grownAt);
  const from = truth.source(source, () => source.produced);
  const sinks = [];
  /** Somebody else writes into it as well, so that it is an operator before a listener writes. */
  const shared = sinkOf(harness, random, truth);
  const other = records(harness, random, 50, total);
  source.origins = from;

  for (let count = random.below(3); count > 0; count--) listen(harness, random, truth, source, shared);
  if (random.chance(0.6)) {
    const sink = sinkOf(harness, random, truth);
    sinks.push(sink);
    source.pipe(sink);
  }
  if (sinks.length === 0 || random.chance(0.5)) listen(harness, random, truth, source, shared);
  await drive(harness, random, (done) => {
    other.pipe(shared, { end: false });
    const ends = [source, other].map((stream) => once(stream, 'end'));
    Promise.all([...ends, ...sinks.map((sink) => once(sink, 'finish'))]).then(() => {
      // What listeners still write after an await is written by then.
      setImmediate(() => setImmediate(() => setImmediate(() => shared.end(done))));
    }, done);
  });
}

function records(harness, random, total, grownAt) {
  const source = new Readable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    read() {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        if (source.produced === grownAt) setImmediate(() => harness.grow());
        if (source.produced >= total) source.push(null);
        else source.push({ origin: source.produced++, source: source.origins });
      });
    },
  });
  return Object.assign(source, { produced: 0 });
}

function sinkOf(harness, random, truth) {
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    write({ origin, source }, _encoding, done) {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        if (source !== undefined) stage.complete(origin, source);
        done();
      });
    },
  });
  const stage = truth.stage(sink);
  return sink;
}

function listen(harness, random, truth, stream, into) {
  const writes = random.chance(0.5);
  const pauses = random.chance(0.3);
  const finish = ({ origin, source }) => stage.complete(origin, source);
  const begin = () => {
    if (random.chance(0.1)) harness.pulse();
    if (!pauses || !random.chance(0.2)) return;
    stream.pause();
    setImmediate(() => stream.resume());
  };
  const listeners = [
    (record) => {
      begin();
      if (writes) into.write(record);
      finish(record);
    },
    async (record) => {
      begin();
      if (writes) into.write(record);
      await new Promise((resolve) => later(random, resolve));
      finish(record);
    },
    async (record) => {
      begin();
      await null;
      finish(record);
      if (random.chance(0.1)) throw new Error('a listener has failed');
    },
  ];
  const listener = listeners[random.below(2)];
  const stage = truth.stage(listener);
  stream.on('data', listener);
}
