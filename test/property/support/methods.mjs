import events, { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { drive } from './linear.mjs';
import { later } from './random.mjs';
import { openTruth } from './truth.mjs';

/** Concurrent calls of a step end in any order, and each reads ahead of the next. */
const TOLERANCE = 60;

let runs = 0;

/** Chains of map(), filter(), flatMap() and their kin, with several calls open at once, into forEach(), a pipe or a loop. */
export async function runMethods(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 40 + random.below(80);
  let produced = 0;
  const grownAt = random.below(10);
  const source = new Readable({
    objectMode: true,
    highWaterMark: 1 + random.below(8),
    read() {
      later(random, () => {
        if (random.chance(0.2)) harness.pulse();
        if (produced === grownAt) setImmediate(() => harness.grow());
        this.push(produced >= total ? null : { origin: produced++ });
      });
    },
  });
  truth.source(source, () => produced);
  const fails = random.chance(0.1) ? random.below(total) : -1;
  /** The user's function of a step: it is done with a record when it returns, or when its promise settles. */
  const work = (make) => {
    const sync = random.chance(0.3);
    const name = `step${runs++}`;
    const step = {
      [name]: (record) => {
        if (random.chance(0.1)) harness.pulse();
        if (sync) {
          stage.complete(record.origin);
          return make(record);
        }
        return new Promise((resolve, reject) => {
          later(random, () => {
            if (record.origin === fails && random.chance(0.3)) {
              reject(new Error('a step has failed'));
              return;
            }
            stage.complete(record.origin);
            resolve(make(record));
          });
        });
      },
    }[name];
    const stage = truth.stage({ is: (operator) => operator.name.includes(name) });
    return step;
  };
  const options = () => ({
    concurrency: 1 + random.below(5),
    ...(random.chance(0.3) && { highWaterMark: random.below(4) }),
  });
  let flow = source;
  for (let depth = random.below(4); depth > 0; depth--) {
    const kind = random.below(5);
    if (kind === 0)
      flow = flow.map(
        work((record) => ({ ...record })),
        options(),
      );
    else if (kind === 1)
      flow = flow.filter(
        work(() => random.chance(0.7)),
        options(),
      );
    else if (kind === 2)
      flow = flow.flatMap(
        work((record) => (random.chance(0.5) ? [record, record] : [])),
        options(),
      );
    else flow = kind === 3 ? flow.drop(random.below(2)) : flow.take(random.chance(0.2) ? random.below(40) : 1000);
    flow.on('error', () => {});
  }
  const end = work(() => undefined);
  await drive(harness, random, (done) => {
    const over = () => done();
    const kind = random.below(3);
    if (kind === 0) flow.forEach(end, options()).then(over, over);
    else if (kind === 1) {
      const sink = new Writable({
        objectMode: true,
        highWaterMark: 1 + random.below(4),
        write({ origin }, _encoding, next) {
          later(random, () => {
            stored.complete(origin);
            next();
          });
        },
      });
      const stored = truth.stage(sink);
      flow.pipe(sink).on('finish', over);
      flow.on('close', () => setImmediate(over));
    } else consume(flow, end).then(over, over);
  });
  source.destroy();
  harness.beat();
}

async function consume(flow, end) {
  for await (const record of flow) await end(record);
}

/** Loops over the events of an emitter, which keeps what a loop has not asked for. */
export async function runEvents(harness, random, result) {
  const truth = openTruth(harness, result, TOLERANCE);
  const total = 150;
  let given = 0;
  const emitter = new EventEmitter();
  const name = `listen${runs++}`;
  const stage = truth.stage({ is: (operator) => operator.name.startsWith(name) });
  truth.source({ is: (operator) => operator.name.startsWith('EventEmitter') }, () => given);
  const grownAt = random.below(20);
  const loops = {
    async [name]() {
      for await (const [{ origin }] of events.on(emitter, 'order', { close: ['close'] })) {
        if (random.chance(0.2)) harness.pulse();
        if (random.chance(0.5)) await new Promise((resolve) => later(random, resolve));
        stage.complete(origin);
      }
    },
  };
  await drive(harness, random, (done) => {
    loops[name]().then(() => done(), done);
    const turn = () => {
      for (let burst = random.below(4); burst > 0 && given < total; burst--) {
        if (random.chance(0.1)) harness.pulse();
        emitter.emit('order', { origin: given++ });
      }
      if (given >= grownAt) harness.grow();
      if (given >= total) emitter.emit('close');
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
  harness.beat();
}
