import { fileURLToPath } from 'node:url';
import type { Incident } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { incidentCard, type Paint, resolutionLine } from '../../../src/demo/incident-card.ts';

const plain: Paint = (_, text) => text;
const thisFile = fileURLToPath(import.meta.url);

const incident: Incident = {
  id: '1',
  type: 'stall',
  mechanism: 'await-pending',
  category: 'user',
  confidence: 0.9,
  state: 'open',
  severity: 'error',
  job: 'index',
  jobs: ['index'],
  worker: 'w1',
  operator: 'enrich',
  victims: [
    { worker: 'w1', operator: 'tokenise' },
    { worker: 'w1', operator: 'read' },
  ],
  summary: 'enrich has not completed a record for 3.0 s.',
  help: 'Give the awaited call a time limit.',
  rule: 'operator-stalled',
  classifier: 'await-pending',
  reasons: [],
  labels: {},
  lastProgressAt: '2026-01-01T00:00:00.000Z',
  suspectedAt: '2026-01-01T00:00:01.500Z',
  openedAt: '2026-01-01T00:00:03.000Z',
  resolvedAt: null,
  dedupKey: 'k',
  evidence: {
    location: { function: 'lookup', file: thisFile, line: 2, column: 8 },
    samples: [
      {
        kind: 'await',
        takenAt: '2026-01-01T00:00:02.000Z',
        count: 1,
        frames: [
          { function: 'lookup', file: thisFile, line: 2, column: 8, origin: 'user' },
          { function: '', file: '', line: 0, column: 0, origin: 'native' },
        ],
      },
    ],
    resources: [],
    connections: [],
    pools: [],
    loop: {},
    gc: {},
    cpu: {},
    missing: [],
  },
};

describe('the card of an incident', () => {
  test('says who, where, why and who waits', () => {
    const text = incidentCard(incident, plain).join('\n');
    expect(text).toMatch(/^INCIDENT {2}stall {2}user \/ await-pending\n/);
    expect(text).toContain('operator  enrich  (worker w1)');
    expect(text).toMatch(/at +\S*incident-card\.test\.ts:2:8 {2}lookup/);
    expect(text).toContain('waiting   tokenise, read');
    expect(text).toContain('next      Give the awaited call a time limit.');
  });

  test('shows the text of the line when its file is here', () => {
    expect(incidentCard(incident, plain).join('\n')).toContain("import type { Incident } from '@streamgauge/monitor';");
  });

  test('does without a line, a stack and victims', () => {
    const bare = {
      ...incident,
      victims: [],
      help: '',
      evidence: { ...incident.evidence, location: null, samples: [] },
    };
    expect(incidentCard(bare, plain)).toHaveLength(3);
  });

  test('prints no control character that a worker has put into a name', () => {
    const hostile = { ...incident, operator: 'a\u001b[2Jb\nc\u202ed', summary: '\u0007bell', worker: 'w\r1' };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(incidentCard(hostile, plain).join('')).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);
  });
});

test('the resolution says how long the stream stood still', () => {
  const resolved: Incident = { ...incident, state: 'resolved', resolvedAt: '2026-01-01T00:00:06.250Z' };
  expect(resolutionLine(resolved, plain)).toBe('RESOLVED  enrich moves again after a standstill of 6.3 s.');
});
