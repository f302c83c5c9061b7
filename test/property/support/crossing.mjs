import { once } from 'node:events';
import { Readable, Transform, Writable } from 'node:stream';
import { numbered, watch } from './fan.mjs';
import { drive } from './linear.mjs';
import { later } from './random.mjs';

/**
 * A step that writes some of its records back to the step before it. Markers do not go round: what is checked are the records that
 * come for the first time.
 */
export async function runLoop(harness, random, result) {
  const total = 300;
  const source = numbered(harness, random, total);
  const passed = new Map();
  let left = total;
  const entry = new Transform({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    transform(record, _encoding, done) {
      later(random, () => {
        if (record.rounds === undefined && record.origin < (passed.get(source) ?? 0)) result.early++;
        done(null, record);
      });
    },
  });
  const exit = new Transform({
    objectMode: true,
    highWaterMark: 1 + random.below(10),
    transform(record, _encoding, done) {
      const rounds = record.rounds ?? 0;
      // The first record goes round: an edge that is made by hand is found in the first call, or when the step is known to be slow.
      if (rounds < 3 && (record.origin === 0 || random.chance(0.3))) entry.write({ ...record, rounds: rounds + 1 });
      else {
        left--;
        this.push(record);
      }
      later(random, done);
      if (left === 0 && !entry.writableEnded) entry.end();
    },
  });
  const sink = new Writable({
    objectMode: true,
    write(_record, _encoding, done) {
      result.records++;
      later(random, done);
    },
  });
  watch(harness, result, [source], [Object.assign(entry, { passed })]);
  await drive(harness, random, (done) => {
    source.pipe(entry, { end: false });
    entry.pipe(exit).pipe(sink);
    once(sink, 'finish').then(() => done(), done);
  });
}

/** Bytes that become objects, and objects that become bytes or text: each edge counts in another unit on either side. */
export async function runMixed(harness, random, result) {
  const total = 8000 + random.below(8000);
  let produced = 0;
  const cuts = new Map();
  const completed = [0, 0, 0];
  const hwm = () => 1 + random.below(12);
  const source = new Readable({
    highWaterMark: 16 + random.below(500),
    read() {
      later(random, () => {
        if (random.chance(0.1)) harness.pulse();
        const length = Math.min(1 + random.below(60), total - produced);
        produced += length;
        this.push(length === 0 ? null : Buffer.alloc(length, 97));
      });
    },
  });
  const step = (stage, options, transform) =>
    new Transform({
      ...options,
      transform(chunk, _encoding, done) {
        later(random, () => {
          transform.call(this, chunk);
          completed[stage] += chunk.length;
          done();
        });
      },
    });
  const parse = step(
    0,
    { readableObjectMode: true, writableObjectMode: random.chance(0.5), readableHighWaterMark: hwm() },
    function (chunk) {
      this.push({ length: chunk.length });
    },
  );
  const text = random.chance(0.5);
  const print = step(
    1,
    { writableObjectMode: true, writableHighWaterMark: hwm(), readableHighWaterMark: 16 + random.below(200) },
    function ({ length }) {
      this.push('b'.repeat(length));
    },
  );
  if (text) print.setEncoding('utf8');
  const sink = new Writable({
    highWaterMark: 16 + random.below(200),
    decodeStrings: random.chance(0.5),
    objectMode: random.chance(0.3),
    write(chunk, _encoding, done) {
      later(random, () => {
        completed[2] += chunk.length;
        result.records++;
        done();
      });
    },
  });
  const stages = [parse, print, sink];
  harness.onPass = (operator, epoch) => {
    if (epoch === Number.POSITIVE_INFINITY) return;
    if (operator.stream === source) cuts.set(epoch, produced);
    const stage = stages.indexOf(operator.stream);
    const cut = cuts.get(epoch);
    if (stage < 0 || cut === undefined) return;
    result.checks++;
    if (completed[stage] < cut) result.early++;
  };
  await drive(harness, random, (done) => {
    source.pipe(parse).pipe(print).pipe(sink);
    once(sink, 'finish').then(() => done(), done);
  });
}

/** Two steps that are no streams and complete their records in any order, one after the other. */
export async function runRecords(harness, random, result, total = 3000) {
  const { graph } = harness;
  const { RecordOperator } = harness.agent;
  const add = (name) =>
    graph.add(
      { name, kind: 'function', unit: 'records', location: undefined },
      (identity) => new RecordOperator(identity, graph),
    );
  const [first, second] = [add('first'), add('second')];
  graph.connect(first, second, 'manual', 0, [], () => true);
  const cuts = new Map();
  const open = [new Map(), new Map()];
  let received = 0;
  harness.onPass = (operator, epoch) => {
    const stage = [first, second].indexOf(operator);
    if (stage < 0 || epoch === Number.POSITIVE_INFINITY) return;
    if (!cuts.has(epoch)) return;
    result.checks++;
    const cut = cuts.get(epoch);
    const before = stage === 0 ? [open[0]] : open;
    for (const records of before) {
      const [oldest] = records.keys();
      // Records are kept in the order in which they came to the first step; in the second any of them may be the oldest.
      if (records === open[0] ? oldest < cut : [...records.keys()].some((origin) => origin < cut)) result.early++;
    }
  };
  const finish = (stage) => {
    const records = [...open[stage].keys()];
    const origin = records[random.below(Math.min(records.length, 8))];
    const record = open[stage].get(origin);
    if (stage === 0) open[1].set(origin, second.receive());
    open[stage].delete(origin);
    [first, second][stage].finishRecord(record);
    if (stage === 1) result.records++;
  };
  while (received < total || open[0].size > 0 || open[1].size > 0) {
    const choice = random.below(4);
    if (choice === 0 && received < total && open[0].size < 40) open[0].set(received++, first.receive());
    else if (choice === 1 && open[0].size > 0 && open[1].size < 40) finish(0);
    else if (choice === 2 && open[1].size > 0) finish(1);
    else if (choice === 3) {
      harness.pulse();
      cuts.set(harness.board.control[1], received);
      if (random.chance(0.3)) harness.look();
    }
  }
  harness.onPass = () => {};
  first.end();
  second.end();
  harness.beat();
}
