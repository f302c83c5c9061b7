import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EvidenceTrigger } from '@streamgauge/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UnfinishedOperator } from '../../../../agent/src/thread/messages.ts';
import { unfinishedEvidence } from '../../../../agent/src/thread/unfinished-evidence.ts';

const TEXT = `_transform(record, _encoding, _done) {
    this.seen = record;
  }`;
const SOURCE = `import { Transform } from 'node:stream';\n\nexport class Enrich extends Transform {\n  ${TEXT}\n}\n`;
const operator: UnfinishedOperator = {
  id: 3,
  callbackOutstanding: true,
  promiseOutstanding: false,
  start: { name: '_transform', text: TEXT, line: 3, column: 12, waitsAt: undefined },
  missing: '',
};
let folder: string;
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamgauge-unfinished-'));
  mkdirSync(path('steps'));
  writeFileSync(path('package.json'), '{}');
  writeFileSync(path('main.mjs'), "import './steps/enrich.mjs';\n");
  writeFileSync(path('steps/enrich.mjs'), SOURCE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the function is found in a module of the project that nobody names', () => {
  const [evidence] = unfinishedEvidence(
    { unfinished: [operator], files: [path('main.mjs')] },
    () => undefined,
    () => 0,
  );
  expect(evidence).toMatchObject({
    trigger: EvidenceTrigger.LOOP_DRAINED,
    operatorId: 3,
    callbackOutstanding: true,
    promiseOutstanding: false,
    operatorLocation: { function: '_transform', file: path('steps/enrich.mjs'), line: 4 },
  });
});

test('where its body waits is more than where it starts', () => {
  const start = { name: '_transform', text: TEXT, line: 3, column: 12, waitsAt: { line: 4, column: 4 } };
  const placeOf = () => ({ function: '', file: path('steps/enrich.mjs'), line: 1, column: 1 });
  const [evidence] = unfinishedEvidence({ unfinished: [{ ...operator, start }], files: [] }, placeOf, () => 0);
  expect(evidence?.operatorLocation).toMatchObject({ file: path('steps/enrich.mjs'), line: 5, column: 5 });
});

test('a place that is not there, or not in time, is missing with its reason', () => {
  const drained = { unfinished: [operator], files: [path('main.mjs')] };
  let nowMs = 0;
  const late = (): number => (nowMs += 10);
  for (const [evidence] of [
    unfinishedEvidence(drained, () => undefined, late),
    unfinishedEvidence(
      { ...drained, files: [] },
      () => undefined,
      () => 0,
    ),
  ]) {
    expect(evidence).not.toHaveProperty('operatorLocation');
    expect(evidence?.missing?.[0]).toContain('not found among the files of the project in time');
  }
  const [debugged] = unfinishedEvidence(
    { unfinished: [{ ...operator, start: undefined, missing: 'a debugger is open' }], files: [] },
    () => undefined,
    () => 0,
  );
  expect(debugged?.missing).toEqual(["place of the operator's code: a debugger is open"]);
});
