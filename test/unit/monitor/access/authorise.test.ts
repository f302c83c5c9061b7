import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Action, authorise, rights } from '../../../../monitor/src/access/authorise.ts';
import { anybody, barred, type Principal, stranger } from '../../../../monitor/src/access/principal.ts';
import { ROOT } from '../../../support/repository.ts';

const actions: readonly Action[] = ['health', 'read', 'report', 'sample', 'command'];
const may = (principal: Principal): Action[] => actions.filter((action) => authorise(principal, action));

test('each role may do what its row says, and nothing else', () => {
  expect(may({ name: 'x', role: 'worker' })).toEqual(['health', 'report']);
  expect(may({ name: 'x', role: 'reader' })).toEqual(['health', 'read']);
  expect(may({ name: 'x', role: 'operator' })).toEqual(['health', 'read', 'sample']);
  expect(may({ name: 'x', role: 'admin' })).toEqual(actions);
  expect(may(stranger)).toEqual(['health']);
  expect(may(barred)).toEqual(['health']);
  expect(may(anybody)).toEqual(actions);
});

test('the manual has the same table', () => {
  const manual = readFileSync(`${ROOT}docs/security.md`, 'utf8');
  for (const [role, allowed] of Object.entries(rights).filter(([role]) => role !== 'none')) {
    const row = manual.split('\n').find((line) => line.startsWith(`| \`${role}\``));
    expect([role, actions.filter((action) => row?.includes(`\`${action}\``))]).toEqual([
      role,
      allowed.filter((action) => action !== 'health'),
    ]);
  }
});

test('patterns of workers and jobs both have to fit, and what is not known fits none', () => {
  const reader: Principal = { name: 'x', role: 'reader', workers: ['a-*', 'b'], jobs: ['orders'] };
  expect(authorise(reader, 'read', { worker: 'a-1', job: 'orders' })).toBe(true);
  expect(authorise(reader, 'read', { worker: 'b', job: 'orders' })).toBe(true);
  expect(authorise(reader, 'read', { worker: 'c', job: 'orders' })).toBe(false);
  expect(authorise(reader, 'read', { worker: 'a-1', job: 'bills' })).toBe(false);
  expect(authorise(reader, 'read', { worker: 'a-1' })).toBe(false);
  expect(authorise(reader, 'read', { job: 'orders' })).toBe(false);
  expect(authorise(reader, 'sample', { worker: 'b', job: 'orders' })).toBe(false);
});

test('what cannot be told apart by worker is only for who may see all', () => {
  expect(authorise({ name: 'x', role: 'reader' }, 'read', 'everything')).toBe(true);
  expect(authorise({ name: 'x', role: 'reader', jobs: ['*'] }, 'read', 'everything')).toBe(false);
});
