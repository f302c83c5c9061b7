import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsAny, fitsPattern } from '../../../../monitor/src/access/pattern.ts';

test.each([
  ['orders', 'orders', true],
  ['orders', 'orders-2', false],
  ['orders', 'my-orders', false],
  ['orders-*', 'orders-2', true],
  ['orders-*', 'orders-', true],
  ['*', '', true],
  ['*-sink', 'a-sink-sink', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['', '', true],
  ['', 'x', false],
  // Everything but the star is the character itself.
  ['orders.[0-9]', 'orders.1', false],
  ['orders.?', 'orders.?', true],
  ['a\\*', 'a\\b', true],
])('%j and %j: %j', (pattern, name, fits) => {
  expect(fitsPattern(pattern, name)).toBe(fits);
});

test('a name fits what the same pattern as a regular expression fits', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      expect(fitsPattern(pattern, name)).toBe(expression.test(name));
    }),
    { numRuns: 2000 },
  );
});

test('without a list every name fits, and what is not known fits no pattern', () => {
  expect([fitsAny(undefined, 'a'), fitsAny(undefined, undefined)]).toEqual([true, true]);
  expect([fitsAny(['*'], undefined), fitsAny(['b', 'a*'], 'ab'), fitsAny([], 'a')]).toEqual([false, true, false]);
});

test('no name makes it slow', () => {
  const startMs = performance.now();
  expect(fitsPattern('*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(200))).toBe(false);
  expect(fitsPattern(`${'*a'.repeat(100)}*b`, 'a'.repeat(200))).toBe(false);
  // Tried one way after the other, these would take longer than the world is old.
  expect(performance.now() - startMs).toBeLessThan(1000);
});
