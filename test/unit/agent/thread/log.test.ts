import { expect, test } from 'vitest';
import { createLog, LOG_LEVELS } from '../../../../agent/src/log.ts';

test.each([
  ['off', []],
  ['error', ['streamgauge: e\n']],
  ['info', ['streamgauge: e\n', 'streamgauge: i\n']],
  ['debug', ['streamgauge: e\n', 'streamgauge: i\n', 'streamgauge: d\n']],
] as const)('level %s', (level, expected) => {
  const lines: string[] = [];
  const log = createLog({ level, write: (line) => lines.push(line), nowMs: () => 0 });
  log.error('e');
  log.info('i');
  log.debug('d');
  expect(lines).toEqual(expected);
  expect(LOG_LEVELS).toContain(level);
});

test('trouble is told once a minute', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const log = createLog({ level: 'error', write: (line) => lines.push(line), nowMs: () => nowMs });
  for (; nowMs < 180_000; nowMs += 500) log.trouble('no monitor');
  expect(lines).toHaveLength(3);
});

test('what comes from outside stays on one line', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'error', write: (line) => lines.push(line), nowMs: () => 0 });
  log.error('a\nb\u001b[31mc\u2028d');
  expect(lines).toEqual(['streamgauge: a\ufffdb\ufffd[31mc\ufffdd\n']);
});
