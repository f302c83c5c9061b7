import { operator } from '@streamgauge/agent';

const score = once(() => operator('score', (record) => record.id & 7));
const enrich = once(() => operator('enrich', async (record) => record.id));

/** A function that its flow makes when it begins for the first time: wrapped when the agent runs, as it is without it. */
function once(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

export const shapes = {
  'operator-sync': {
    title: '`operator(name, fn)`, synchronous',
    records: 20_000_000,
    wantedNano: 5,
    operators: ['score'],
    edges: [],
    flow: async (next) => {
      const wrapped = score();
      let sum = 0;
      for (let record = next(); record !== undefined; record = next()) {
        if (record instanceof Promise) record = await record;
        sum += wrapped(record);
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
      const wrapped = enrich();
      let sum = 0;
      for (let record = await next(); record !== undefined; record = await next()) sum += await wrapped(record);
      return sum;
    },
  },
};
