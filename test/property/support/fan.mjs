import { once } from 'node:events';
import { Readable, Transform, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';

export function numbered(harness, random, total) {
  const source = new Readable({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    read() {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        if (source.produced >= total) source.push(null);
        else source.push({ origin: source.produced++, source });
      });
    },
  });
  source.produced = 0;
  source.cuts = new Map();
  /** A record that no marker has to wait for. */
  source.excused = () => false;
  return source;
}

export function branch(random) {
  return new Transform({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    transform(record, _encoding, done) {
      later(random, () => done(null, record));
    },
  });
}

/** Sinks that see when a record arrives which a marker should not have overtaken. */
export function sinkOf(random, result, arrive = () => {}) {
  const passed = new Map();
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    write(record, _encoding, done) {
      later(random, () => {
        result.records++;
        if (record.origin < (passed.get(record.source) ?? 0) && !record.source.excused(record.origin)) result.early++;
        arrive(record);
        done();
      });
    },
  });
  return Object.assign(sink, { passed });
}

export function watch(harness, result, sources, sinks) {
  harness.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    if (sources.includes(operator.stream)) operator.stream.cuts.set(epoch, operator.stream.produced);
    if (!sinks.includes(operator.stream)) return;
    result.checks++;
    for (const source of sources) {
      const cut = source.cuts.get(epoch);
      if (cut !== undefined) operator.stream.passed.set(source, cut);
    }
  };
}

export function endTogether(branches, sink) {
  let open = branches.length;
  for (const each of branches) each.on('end', () => --open === 0 && sink.end());
}

/** One source whose records go through two branches into one sink. */
export async function runDiamond(harness, random, result) {
  const source = numbered(harness, random, 300);
  const branches = [branch(random), branch(random)];
  const sink = sinkOf(random, result);
  watch(harness, result, [source], [sink]);
  await drive(harness, random, (done) => {
    for (const each of branches) source.pipe(each).pipe(sink, { end: false });
    endTogether(branches, sink);
    once(sink, 'finish').then(() => done(), done);
  });
}

/** Two sources into one sink. */
export async function runFanIn(harness, random, result) {
  const sources = [numbered(harness, random, 300), numbered(harness, random, 100 + random.below(300))];
  const branches = [branch(random), branch(random)];
  const sink = sinkOf(random, result);
  watch(harness, result, sources, [sink]);
  await drive(harness, random, (done) => {
    sources.forEach((source, index) => {
      source.pipe(branches[index]).pipe(sink, { end: false });
    });
    endTogether(branches, sink);
    once(sink, 'finish').then(() => done(), done);
  });
}

/** One source into two sinks, each of which gets every record. */
export async function runBroadcast(harness, random, result) {
  const source = numbered(harness, random, 300);
  const sinks = [sinkOf(random, result), sinkOf(random, result)];
  watch(harness, result, [source], sinks);
  await drive(harness, random, (done) => {
    for (const sink of sinks) source.pipe(sink);
    Promise.all(sinks.map((sink) => once(sink, 'finish'))).then(() => done(), done);
  });
}

/** A transform that hands its records to two sinks by writing to them. */
export async function runPartition(harness, random, result) {
  const source = numbered(harness, random, 300);
  const sinks = [sinkOf(random, result), sinkOf(random, result)];
  const router = new Transform({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    transform(record, _encoding, done) {
      sinks[record.origin % 2].write(record);
      later(random, done);
    },
    flush(done) {
      for (const sink of sinks) sink.end();
      done();
    },
  });
  watch(harness, result, [source], sinks);
  await drive(harness, random, (done) => {
    source.pipe(router).resume();
    Promise.all(sinks.map((sink) => once(sink, 'finish'))).then(() => done(), done);
  });
}
