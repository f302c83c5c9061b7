import type { Incident } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { scoreOf } from '../../stalls/score.ts';
import { readCases, type StallCase } from '../../stalls/truth.ts';

const hang: StallCase = {
  id: 'x01',
  program: '/set/hangs/x01.mjs',
  truth: {
    title: 'x',
    source: 'own scenario',
    shape: 'pipeline',
    culprit: { operator: 'Enrich', category: 'user', mechanism: 'await-pending', line: 'await it' },
  },
  blamedFile: '/set/hangs/x01.mjs',
  lines: [20],
};
const nearMiss: StallCase = { ...hang, truth: { title: 'x', source: 'own scenario', shape: 'pipeline' }, lines: [] };

const incident = (changes: Partial<Incident>, line = 20): Incident =>
  ({
    type: 'stall',
    operator: 'Enrich',
    worker: 'w',
    category: 'user',
    mechanism: 'await-pending',
    confidence: 0.8,
    openedAt: '2026-01-01T00:00:02.500Z',
    evidence: { location: { function: 'f', file: '/elsewhere/x01.mjs', line, column: 1 } },
    ...changes,
  }) as Incident;
const FAULT_MS = Date.parse('2026-01-01T00:00:00.000Z');

describe('the score of a hang', () => {
  test('is full when everything is as the truth says, and tells how long it took', () => {
    expect(scoreOf(hang, [incident({}, 23)], FAULT_MS)).toMatchObject({
      ...{ detected: true, operator: true, category: true, mechanism: true, location: true },
      ...{ blamed: [], delayMs: 2500 },
    });
  });

  test.each([
    ['another operator', incident({ operator: 'Store' }), { operator: false, blamed: ['stall Store'] }],
    ['another category', incident({ category: 'system' }), { operator: true, category: false }],
    ['another mechanism', incident({ mechanism: 'unknown' }), { mechanism: false }],
    ['a line too far away', incident({}, 24), { location: false }],
    ['an operator of a longer name', incident({ operator: 'Enricher' }), { operator: false }],
  ])('is less for %s', (_what, found, expected) => {
    expect(scoreOf(hang, [found], FAULT_MS)).toMatchObject({ detected: true, ...expected });
  });

  test('counts a victim that was blamed besides, and finds the culprit also behind it', () => {
    const score = scoreOf(hang, [incident({ operator: 'Store' }), incident({})], FAULT_MS);
    expect(score).toMatchObject({ operator: true, blamed: ['stall Store'] });
  });

  test('is nothing without an incident', () => {
    expect(scoreOf(hang, [], FAULT_MS)).toMatchObject({ detected: false, operator: false, location: false });
  });
});

test('a near-miss is right when nobody is blamed', () => {
  expect(scoreOf(nearMiss, [], undefined)).toMatchObject({ detected: true, blamed: [] });
  expect(scoreOf(nearMiss, [incident({})], undefined)).toMatchObject({ detected: false, blamed: ['stall Enrich'] });
});

test('every program of the set has a truth that fits it', () => {
  const cases = readCases();
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  expect(cases.length).toBeGreaterThan(0);
});
