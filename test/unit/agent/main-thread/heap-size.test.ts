import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { givenLimit, heapSize } from '../../../../agent/src/main-thread/heap-size.ts';

const megabytes = 1024 * 1024;

test.each([
  ['--max-old-space-size=64', 64],
  ['--max_old_space_size=64 --enable-source-maps', 64],
  ['--max-old-space-size 96', 96],
  ['--max-old-space-size=64 --max-old-space-size=128', 128],
  ['--max-semi-space-size=8', undefined],
  ['', undefined],
])('the limit that "%s" gives', (options, limit) => {
  expect(givenLimit(options)).toBe(limit === undefined ? undefined : limit * megabytes);
});

test('a heap ends at the limit that was given, and else where V8 says', () => {
  const limit = getHeapStatistics().heap_size_limit;
  expect(heapSize(undefined).limitBytes).toBeLessThanOrEqual(limit);
  expect(heapSize(64 * megabytes).limitBytes).toBe(64 * megabytes);
  expect(heapSize(limit * 2).limitBytes).toBe(limit);
  expect(heapSize().usedBytes).toBeGreaterThan(megabytes);
});
