import { expect, test } from 'vitest';
import type { Dump } from '../../../src/cli/dump/dump.ts';
import { dumpText } from '../../../src/cli/dump/dump-text.ts';

const frame = { function: 'enrich', file: '/app/enrich.mjs', line: 27, column: 9, origin: 'user' as const };
const dump: Dump = {
  process: null,
  agent: { job: 'orders', worker: 'w' },
  loop: 'blocked',
  thread: null,
  memory: null,
  running: [],
  awaits: [],
  operators: [],
  resources: [],
  holdings: [],
  missing: [],
};

test('a dump is one fact a line, and says of each list how much of it is left out', () => {
  const many = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name} ${n}`);
  const lines = dumpText({
    ...dump,
    running: [{ count: 2, frames: Array(17).fill(frame) }],
    awaits: Array(22).fill({ count: 1, frames: [frame] }),
    resources: many('Timeout', 103),
    holdings: many('connection', 100),
  }).split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'worker "w" of job "orders"',
    'event loop: blocked by JavaScript',
    'running now:',
    '  2 x',
    '      at enrich (/app/enrich.mjs:27:9)',
  ]);
  expect(lines.filter((line) => line.includes('more'))).toEqual(['      and 2 more', '  and 2 more', '  and 3 more']);
  expect(lines).toContain('  Timeout 99');
  expect(lines).not.toContain('  Timeout 100');
  expect(lines.at(-2)).toBe('  connection 99');
});

test('nothing that a process is named moves the cursor or begins a line', () => {
  const text = dumpText({ ...dump, resources: ['TCP \u001b[2J\nforged: yes'] });
  expect(text).toContain('  TCP \ufffd[2J\ufffdforged: yes\n');
});
