import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../../monitor/src/listener/retry-after.ts';

const nowUnixMs = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  ['nothing', undefined, 0],
  ['seconds', '2', 2000],
  ['parts of a second', '0.05', 50],
  ['a date to come', 'Fri, 02 Jan 2026 03:04:08 GMT', 3000],
  ['a date that is over', 'Fri, 02 Jan 2026 03:00:00 GMT', 0],
  ['longer than anybody may ask for', '86400', 10_000],
  ['a date in a year', 'Sat, 02 Jan 2027 03:04:05 GMT', 10_000],
  ['less than nothing', '-5', 0],
  ['what is neither', 'soon', 0],
])('a receiver that asks for %s is left alone for so long', (_, header, pauseMs) => {
  expect(retryAfterMs(header, nowUnixMs)).toBe(pauseMs);
});
