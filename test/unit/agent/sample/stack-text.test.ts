import { expect, test } from 'vitest';
import { parseStackText } from '../../../../agent/src/sample/stack-text.ts';

test('frames are found in every form that V8 prints', () => {
  const text = [
    'TypeError: no (really:1:2)',
    '    at Enrich._transform (file:///app/enrich.mjs:27:11)',
    '    at async lookUp (/app/a b/lookup.js:3:5)',
    '    at new Store (/app/store.js:9:1)',
    '    at Object.<anonymous> [as run] (node:internal/x:1:2)',
    '    at file:///app/main.mjs:1:1',
    '    at async Promise.all (index 3)',
    '    at Array.map (<anonymous>)',
    '    at eval (eval at run (/app/x.js:1:1), <anonymous>:4:7)',
  ].join('\n');
  expect(parseStackText(text)).toEqual([
    { function: 'Enrich._transform', file: 'file:///app/enrich.mjs', line: 27, column: 11 },
    { function: 'lookUp', file: '/app/a b/lookup.js', line: 3, column: 5 },
    { function: 'new Store', file: '/app/store.js', line: 9, column: 1 },
    { function: 'Object.<anonymous> [as run]', file: 'node:internal/x', line: 1, column: 2 },
    { function: '', file: 'file:///app/main.mjs', line: 1, column: 1 },
    { function: 'Promise.all', file: '', line: 0, column: 0 },
    { function: 'Array.map', file: '', line: 0, column: 0 },
    { function: 'eval', file: 'eval at run (/app/x.js:1:1), <anonymous>', line: 4, column: 7 },
  ]);
});

test('a stack of this process is read as it is', () => {
  function named(): Error {
    return new Error('x');
  }
  expect(parseStackText(named().stack ?? '')[0]).toMatchObject({
    function: 'named',
    file: expect.stringMatching(/stack-text\.test\.ts$/),
  });
});

test('hostile text costs little: no frames, at most fifty, and no long time', () => {
  expect(parseStackText('')).toEqual([]);
  expect(parseStackText('    at x (/a:1:1)\n'.repeat(1000))).toHaveLength(50);
  const startMs = performance.now();
  parseStackText(`    at ${'('.repeat(50_000)}${':1'.repeat(50_000)}`);
  parseStackText(`    at async ${' ('.repeat(9000)}`);
  expect(performance.now() - startMs).toBeLessThan(500);
});
