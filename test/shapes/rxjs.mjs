import { bufferCount, concatMap, filter, from, lastValueFrom, map, mergeMap } from 'rxjs';

async function* numbers(next) {
  for (let record = await next(); record !== undefined; record = await next()) yield record;
}
async function enrich(record) {
  return record;
}

async function store(records) {
  return records.length;
}

export const shapes = {
  rxjs: {
    title: 'RxJS: map, filter, mergeMap(async), bufferCount, concatMap(async)',
    records: 200_000,
    wanted: 0.9,
    edges: ['mergeMap enrich > concatMap store'],
    flow: (next) =>
      lastValueFrom(
        from(numbers(next)).pipe(
          map((record) => ({ ...record })),
          filter((record) => record.id >= 0),
          mergeMap(enrich, 8),
          bufferCount(10),
          concatMap(store),
        ),
        { defaultValue: undefined },
      ),
  },
};
