import { expect, test } from 'vitest';
import { pullStateOf } from '../../../../agent/src/iterator/promise-state.ts';

test.each([
  ['nothing yet', () => undefined, 'pending'],
  ['a promise that waits', () => new Promise(() => {}), 'pending'],
  ['a record', () => Promise.resolve({ value: { done: true }, done: false }), 'value'],
  ['a record of several lines', () => Promise.resolve({ value: 'one\ntwo', done: false }), 'value'],
  ['the end', () => Promise.resolve({ value: undefined, done: true }), 'over'],
  ['the end, told first', () => Promise.resolve({ done: true, value: undefined }), 'over'],
  ['a record, told last', () => Promise.resolve({ done: false, value: { done: true } }), 'value'],
  ['the end, without a prototype', () => Promise.resolve({ __proto__: null, done: true, value: 1 }), 'over'],
  ['an error, with its stack', () => Promise.reject(new Error('no')), 'over'],
  ['an error without one', () => Promise.reject('no'), 'over'],
])('a pull that has given %s', (_what, make, state) => {
  const pull = make() as Promise<unknown> | undefined;
  pull?.catch(() => {});
  expect(pullStateOf(pull)).toBe(state);
});
