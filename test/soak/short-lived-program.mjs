/**
 * Makes and destroys streams as a server does, some for each request, and says what that costs and what is left of them.
 *
 * usage: node short-lived-program.mjs [--streams N] [--slot-ms N] [--slots N] [--least N]
 *          [--kinds a,b] [--abandon N] [--hang-in-slot N]
 * One line of JSON for each slot: kind, streams, units, processor time per unit, and after a rest heap, handles and units still open.
 * A slot goes on until --least units were begun. With --abandon so many pipelines are begun before the storm, and left alone without a record or an end. With --hang-in-slot a
 * pipeline that goes on begins in that slot of the storm, hangs in its function `settle` a second later, and the process stays.
 */
import { PassThrough, pipeline, Readable, Transform, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '10000' },
    'slot-ms': { type: 'string', default: '5000' },
    slots: { type: 'string', default: '4' },
    least: { type: 'string', default: '0' },
    kinds: { type: 'string', default: 'pipeline,request,generators,web' },
    abandon: { type: 'string', default: '0' },
    'hang-in-slot': { type: 'string', default: '-1' },
  },
});
const streamsPerSecond = Number(options.streams);
const slotMs = Number(options['slot-ms']);

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

const TICK_MS = 10;
/** Time for what is open to end, and for two beats and a report of the agent. */
const REST_MS = 500;
const RECORDS = 3;

class Source extends Readable {
  given = 0;
  constructor() {
    super({ objectMode: true });
  }
  _read() {
    this.push(this.given < RECORDS ? { id: this.given++ } : null);
  }
}
/** Never gives anything. */
class Idle extends Readable {
  _read() {}
}
class Step extends Transform {
  constructor() {
    super({ objectMode: true });
  }
  _transform(record, _encoding, done) {
    done(null, record);
  }
}
class Sink extends Writable {
  constructor() {
    super({ objectMode: true });
  }
  _write(_record, _encoding, done) {
    done();
  }
}
async function* numbers() {
  for (let id = 0; id < RECORDS; id++) yield { id };
}
async function* doubled(records) {
  for await (const { id } of records) yield { id: id * 2 };
}

const unanswered = [];
let ended = 0;
const end = (error) => {
  if (error) throw error;
  ended++;
};

/** How many streams one unit has, and how it is begun. */
const KINDS = {
  pipeline: { streams: 3, begin: () => pipeline(new Source(), new Step(), new Sink(), end) },
  // A body that is listened to, and an answer that is piped.
  request: {
    streams: 4,
    begin() {
      const body = [];
      new Source()
        .on('data', (record) => body.push(record))
        .once('end', () =>
          new Source().pipe(new PassThrough({ objectMode: true })).pipe(new Sink().once('finish', end)),
        );
    },
  },
  generators: { streams: 3, begin: () => pipeline(Readable.from(numbers()), doubled, new Sink(), end) },
  web: {
    streams: 3,
    begin() {
      let given = 0;
      new ReadableStream({
        pull(controller) {
          if (given < RECORDS) controller.enqueue(given++);
          else controller.close();
        },
      })
        .pipeThrough(
          new TransformStream({
            transform(record, controller) {
              controller.enqueue(record);
            },
          }),
        )
        .pipeTo(new WritableStream({ write() {} }))
        .then(end, end);
    },
  },
};

const kinds = options.kinds.split(',');
// Start-up is not what is measured here.
await sleep(1000);
for (let count = Number(options.abandon); count > 0; count--)
  new Idle({ objectMode: true }).pipe(new Step()).pipe(new Sink());
for (let slot = 0; slot < Number(options.slots); slot++) {
  const name = kinds[slot % kinds.length];
  const { streams, begin } = KINDS[name];
  if (slot === Number(options['hang-in-slot'])) setTimeout(hang, slotMs / 3);
  const endedBefore = ended;
  const before = process.cpuUsage();
  const began = await storm(begin, streamsPerSecond / streams);
  await until(() => ended === endedBefore + began, 5000);
  const { user, system } = process.cpuUsage(before);
  await sleep(REST_MS);
  gc();
  // What a beat of the agent has let go of goes with the second one.
  await sleep(200);
  gc();
  console.log(
    JSON.stringify({
      slot,
      kind: name,
      streams,
      units: began,
      microseconds: (user + system) / began,
      streamsPerSecond: (began * streams * 1000) / slotMs,
      open: began - (ended - endedBefore),
      heapBytes: process.memoryUsage().heapUsed,
      rssBytes: process.memoryUsage().rss,
      handles: process.getActiveResourcesInfo().length,
    }),
  );
}
if (Number(options['hang-in-slot']) < 0) process.exit(0);
setInterval(gc, 500);

/** Begins units at an even rate; one that cannot be kept up is not made up for. */
async function storm(begin, unitsPerSecond) {
  const startMs = performance.now();
  let began = 0;
  const least = Number(options.least);
  for (let nowMs = startMs; nowMs - startMs < slotMs || began < least; nowMs = performance.now()) {
    const due = Math.min(((nowMs - startMs) * unitsPerSecond) / 1000 - began, (unitsPerSecond * 10 * TICK_MS) / 1000);
    for (let count = 0; count < due; count++) {
      begin();
      began++;
    }
    await sleep(TICK_MS);
  }
  return began;
}

async function until(condition, withinMs) {
  for (const startMs = performance.now(); !condition() && performance.now() - startMs < withinMs; ) await sleep(5);
}

/** A pipeline that goes on for hours begins in the middle of the storm. */
function hang() {
  const startMs = performance.now();
  async function settle(record, _encoding, done) {
    if (performance.now() - startMs > 1000) await answer();
    done(null, record);
  }
  class Feed extends Readable {
    _read() {
      setTimeout(() => this.push({}), 20);
    }
  }
  class Settle extends Transform {}
  class Book extends Sink {}
  pipeline(new Feed({ objectMode: true }), new Settle({ objectMode: true, transform: settle }), new Book(), end);
}

/** What waits for an answer that does not come is held by whoever would bring it. */
function answer() {
  return new Promise((resolve) => unanswered.push(resolve));
}
