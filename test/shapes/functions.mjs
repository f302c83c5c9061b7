import { operator } from '@streamgauge/agent';

let score = (record) => record.id & 7;
let enrich = async (record) => record.id;
let wrapped = false;

/** Wrapped when the agent runs, the plain function without it. */
function wrap() {
  if (wrapped) return;
  wrapped = true;
  score = operator('score', score);
  enrich = operator('enrich', enrich);
}

export const shapes = {
  'operator-sync': {
    title: '`operator(name, fn)`, synchronous',
    records: 20_000_000,
    wantedNano: 5,
    operators: ['score'],
    edges: [],
    flow: async (next) => {
      wrap();
      let sum = 0;
      for (let record = next(); record !== undefined; record = next()) {
        if (record instanceof Promise) record = await record;
        sum += score(record);
      }
      return sum;
    },
  },
  'operator-async': {
    title: '`operator(name, fn)`, asynchronous',
    records: 1_000_000,
    operators: ['enrich'],
    edges: [],
    flow: async (next) => {
      wrap();
      let sum = 0;
      for (let record = await next(); record !== undefined; record = await next()) sum += await enrich(record);
      return sum;
    },
  },
};
