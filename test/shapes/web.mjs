import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Ledger } from './classic.mjs';

function source(next) {
  return new ReadableStream({
    async pull(controller) {
      const record = await next();
      if (record === undefined) controller.close();
      else controller.enqueue(record);
    },
  });
}
const stage = (name) =>
  new TransformStream({ transform: { [name]: (record, controller) => controller.enqueue(record) }[name] });
const sink = () => new WritableStream({ write: function ledger() {} });

export const shapes = {
  'web-streams': {
    title: 'Web Streams: pipeThrough() three times, pipeTo()',
    records: 60_000,
    wanted: 0.95,
    edges: ['.* > parse.*', 'parse.* > score.*', 'score.* > shape.*', 'shape.* > ledger.*'],
    flow: (next) =>
      source(next).pipeThrough(stage('parse')).pipeThrough(stage('score')).pipeThrough(stage('shape')).pipeTo(sink()),
  },
  'web-tee': {
    title: 'Web Streams: tee()',
    records: 60_000,
    edges: ['.* > ledger.*', '.* > ledger.*'],
    flow: (next) => {
      const [left, right] = source(next).tee();
      return Promise.all([left.pipeTo(sink()), right.pipeTo(sink())]);
    },
  },
  'web-for-await': {
    title: 'Web Streams: `for await`',
    records: 100_000,
    edges: ['.* > parse', 'parse > drain'],
    flow: async function drain(next) {
      let seen = 0;
      for await (const record of source(next).pipeThrough(stage('parse'))) seen += record.id & 1;
      return seen;
    },
  },
  'web-reader': {
    title: 'Web Streams: `getReader()` and `read()`',
    records: 100_000,
    edges: ['ReadableStream .* > drain'],
    flow: async function drain(next) {
      const reader = source(next).getReader();
      let seen = 0;
      for (let read = await reader.read(); !read.done; read = await reader.read()) seen += read.value.id & 1;
      return seen;
    },
  },
  'web-to-node': {
    title: 'Readable.fromWeb()',
    records: 60_000,
    edges: ['.* > Ledger'],
    flow: (next) => pipeline(Readable.fromWeb(source(next), { objectMode: true }), new Ledger()),
  },
};
