import { expect, test } from 'vitest';
import { pullStateOf } from '../../../../agent/src/iterator/promise-state.ts';

test.each([
  ['nothing yet', () => undefined, 'pending'],
  ['a promise that waits', () => new Promise(() => {}), 'pending'],
  ['a record', () => Promise.resolve({ value: { done: true }, done: false }), 'value'],
  ['a record of several lines', () => Promise.resolve({ value: 'one\ntwo', done: false }), 'value'],
  ['the end', () => Promise.resolve({ value: undefined, done: true }), 'over'],
  ['an error, with its stack', () => Promise.reject(new Error('no')), 'over'],
  ['an error without one', () => Promise.reject('no'), 'over'],
])('a pull that has given %s', (_what, make, state) => {
  const pull = make() as Promise<unknown> | undefined;
  pull?.catch(() => {});
  expect(pullStateOf(pull)).toBe(state);
});
