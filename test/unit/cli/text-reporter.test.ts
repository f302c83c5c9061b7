import type { Incident } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { FAULTS } from '../../../src/demo/fault.ts';
import type { FlowRow } from '../../../src/demo/flow.ts';
import type { Reporter } from '../../../src/demo/reporter.ts';
import { createTextReporter } from '../../../src/demo/text-reporter.ts';

const rows: readonly FlowRow[] = [
  { operator: 'walk', recordsPerSecond: 300, verdict: 'idle' },
  { operator: 'enrich', recordsPerSecond: 0, verdict: 'stalled' },
];
const UP_TWO_AND_CLEAR = '\u001b[2A\u001b[0J';

function reporter(terminal: boolean, ui = true): { readonly report: Reporter; readonly written: () => string } {
  const parts: string[] = [];
  const report = createTextReporter({
    write: (text) => void parts.push(text),
    paint: (_, text) => text,
    terminal,
    ui,
  });
  return { report, written: () => parts.splice(0).join('') };
}

const incident = {
  state: 'open',
  operator: 'enrich',
  worker: 'w',
  summary: 'enrich stands still.',
  help: '',
  victims: [],
  evidence: { location: null, samples: [] },
} as unknown as Incident;

describe('the flow', () => {
  test('is drawn over itself on a terminal, and below whatever was said in between', () => {
    const { report, written } = reporter(true);
    report.flow(rows, 0);
    expect(written()).not.toContain('\u001b');
    report.flow(rows, 500);
    expect(written().startsWith(UP_TWO_AND_CLEAR)).toBe(true);
    report.faultInjected(FAULTS.hang);
    written();
    report.flow(rows, 1000);
    expect(written()).not.toContain('\u001b');
    report.faultLifted(FAULTS.hang);
    expect(written()).toBe('\nFault hang is lifted.\n\n');
  });

  test('is one line a second elsewhere, which names only what is not as it should be', () => {
    const { report, written } = reporter(false);
    for (const elapsedMs of [0, 500, 999, 1000]) report.flow(rows, elapsedMs);
    expect(written()).toBe('   0 s  walk 300/s  enrich 0/s STALLED\n   1 s  walk 300/s  enrich 0/s STALLED\n');
  });
});

test('blocks of text are one empty line apart, with and without a flow between them', () => {
  const { report, written } = reporter(false);
  report.flow(rows, 0);
  report.faultInjected(FAULTS.hang);
  report.flow(rows, 100);
  report.faultLifted(FAULTS.hang);
  report.flow(rows, 1000);
  report.faultLifted(FAULTS.spin);
  const text = written();
  expect(text).not.toContain('\n\n\n');
  expect(text.match(/\n\n/g)).toHaveLength(5);
});

describe('an incident', () => {
  test('is told again only when something that a person sees has changed', () => {
    const { report, written } = reporter(false);
    report.incident({ event: 'incident.opened', incident });
    expect(written()).toContain('INCIDENT');
    report.incident({ event: 'incident.updated', incident: { ...incident, confidence: 0.7 } });
    expect(written()).toBe('');
    report.incident({ event: 'incident.updated', incident: { ...incident, help: 'Look there.' } });
    expect(written()).toContain('Look there.');
  });
});

test('the page of the monitor is pointed to, unless that is not wanted', () => {
  const start = { url: 'http://127.0.0.1:1', job: 'demo', worker: 'w', pid: 1 };
  for (const ui of [true, false]) {
    const { report, written } = reporter(false, ui);
    report.started(start);
    expect(written().includes('http://127.0.0.1:1')).toBe(ui);
  }
});
