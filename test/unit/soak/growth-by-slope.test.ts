import { expect, test } from 'vitest';
import { seededRandom } from '../../property/support/random.mjs';
import { growthOver } from '../../soak/growth-by-slope.ts';

const TOLERANCE = { absolute: 2, share: 0.03 };
const looks = (of: (minute: number) => number) =>
  Array.from({ length: 120 }, (_, index) => ({ atMs: index * 15_000, value: of(index / 4) }));

test('what fills in the first half and stays is flat', () => {
  const { grown, flat } = growthOver(
    looks((minute) => Math.min(100, minute * 10)),
    TOLERANCE,
  );
  expect(grown).toBeCloseTo(0);
  expect(flat).toBe(true);
});

test('what grows by little but all the time is not, sawtooth or not', () => {
  const { next } = seededRandom(7);
  expect(
    growthOver(
      looks((minute) => 50 + minute * 0.3),
      TOLERANCE,
    ),
  ).toMatchObject({ flat: false });
  expect(
    growthOver(
      looks((minute) => 50 + minute * 0.3 + 5 * next()),
      TOLERANCE,
    ),
  ).toMatchObject({ flat: false });
  expect(
    growthOver(
      looks(() => 50 + 5 * next()),
      TOLERANCE,
    ),
  ).toMatchObject({ flat: true });
});

test('what shrinks is flat, and of too few looks nothing is said to be', () => {
  expect(
    growthOver(
      looks((minute) => 100 - minute),
      TOLERANCE,
    ),
  ).toMatchObject({ flat: true });
  expect(growthOver(looks(() => 1).slice(0, 3), TOLERANCE)).toMatchObject({ flat: false });
});
