import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Ledger, Numbers } from './classic.mjs';

async function* numbers(next) {
  for (let record = await next(); record !== undefined; record = await next()) yield record;
}
async function* parse(records) {
  for await (const record of records) yield record;
}
async function* score(records) {
  for await (const record of records) yield record;
}
async function* shape(records) {
  for await (const record of records) yield record;
}
async function consume(records) {
  let seen = 0;
  for await (const record of records) seen += record.id & 1;
  return seen;
}
async function enrich(record) {
  return record;
}
const isKnown = (record) => record.id >= 0;

export const shapes = {
  'pipeline-generators': {
    title: 'async generators in pipeline()',
    records: 300_000,
    wanted: 0.9,
    edges: ['Numbers > parse', 'parse > score', 'score > Ledger'],
    flow: (next) => pipeline(new Numbers(next), parse, score, new Ledger()),
  },
  'for-await': {
    title: 'bare async generators and `for await`',
    records: 500_000,
    wanted: 0.9,
    edges: ['numbers > parse', 'parse > score', 'score > shape', 'shape > consume'],
    flow: (next) => consume(shape(score(parse(numbers(next))))),
  },
  'for-await-readable': {
    title: '`for await` over a Readable',
    records: 500_000,
    wanted: 0.9,
    edges: ['Numbers > consume'],
    flow: (next) => consume(new Numbers(next)),
  },
  'readable-from': {
    title: 'Readable.from(async generator)',
    records: 300_000,
    wanted: 0.9,
    edges: ['numbers > Ledger'],
    flow: (next) => pipeline(Readable.from(numbers(next)), new Ledger()),
  },
  'readable-operators': {
    title: 'Readable.filter().map({ concurrency })',
    records: 100_000,
    edges: ['Numbers > filter isKnown', 'filter isKnown > map enrich', 'map enrich > forEach .*'],
    flow: (next) =>
      new Numbers(next)
        .filter(isKnown)
        .map(enrich, { concurrency: 4 })
        .forEach(() => {}),
  },
  'events-on': {
    title: '`for await (… of events.on())`',
    records: 100_000,
    edges: ['EventEmitter record > listen'],
    flow: async function listen(next) {
      const emitter = new EventEmitter();
      const records = on(emitter, 'record');
      const emit = async () => {
        for (let record = await next(); record !== undefined; record = await next()) emitter.emit('record', record);
        emitter.emit('record', undefined);
      };
      void emit();
      for await (const [record] of records) if (record === undefined) break;
    },
  },
};
