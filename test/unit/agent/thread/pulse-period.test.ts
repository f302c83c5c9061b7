import { expect, it } from 'vitest';
import { pulsePeriodMs } from '../../../../agent/src/thread/pulse-period.ts';

it.each([
  ['records flow and a monitor is there', { turns: true, sinceMovedMs: 0, sinceOpenMs: 0 }, 50],
  ['nothing has moved for a second', { turns: true, sinceMovedMs: 1001, sinceOpenMs: 0 }, 100],
  [
    'records flow, and nobody has been there for a second who is told',
    { turns: true, sinceMovedMs: 0, sinceOpenMs: 1001 },
    100,
  ],
  ['the event loop gives no sign of life', { turns: false, sinceMovedMs: 5000, sinceOpenMs: 0 }, 25],
  [
    'the event loop gives none, and nobody has been there for a second',
    { turns: false, sinceMovedMs: 0, sinceOpenMs: 1001 },
    100,
  ],
])('while %s', (_when, facts, periodMs) => {
  expect(pulsePeriodMs(facts)).toBe(periodMs);
});
