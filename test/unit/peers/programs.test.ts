import { expect, test } from 'vitest';
import { chooseHangs, mechanismOf } from '../../bench/peers/programs.ts';
import { readCases } from '../../stalls/truth.ts';

test('the programs that other tools are put to cover every mechanism of the set', () => {
  const cases = readCases().filter(({ truth }) => truth.culprit !== undefined);
  const chosen = chooseHangs(cases, false);
  expect(chosen.length).toBeLessThan(40);
  expect(new Set(chosen.map(mechanismOf))).toEqual(new Set(cases.map(mechanismOf)));
});
