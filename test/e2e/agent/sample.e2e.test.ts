import { readFileSync } from 'node:fs';
import {
  create,
  type Evidence,
  EvidenceTrigger,
  type Operator,
  SampleKind,
  SampleRequestSchema,
} from '@streamgauge/proto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { program as programPath } from '../harness/paths.ts';
import { until } from '../harness/until.ts';
import { evidenceOf, type FakeMonitor, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, startProgram } from './run-program.ts';

/** Longer than all tests, which end the program. */
const LONG_MS = '300000';
// The sum of the waits of the longest test below.
vi.setConfig({ testTimeout: 40_000 });

let monitor: FakeMonitor;
let program: RunningProgram;

/** Starts the program that is stuck in that way, for all tests of a suite: to start it takes longer than to ask it. */
function stuckIn(kind: string): void {
  beforeAll(async () => {
    monitor = await startFakeMonitor({ welcome: { settings: { reportIntervalMillis: 200 } } });
    program = startProgram({
      program: 'stuck.mjs',
      args: [kind, LONG_MS],
      env: { STREAMGAUGE_MONITOR_URL: monitor.url },
    });
  });
  afterAll(async () => {
    program.child.kill('SIGKILL');
    await monitor.close();
  });
}

/** Waits until the operator has held its record for that long. */
function held(name: string, heldMs: number): Promise<Operator> {
  return monitor.waitFor((message) => {
    const operator = reportOf(message)?.operators.find((candidate) => candidate.name === name);
    return operator !== undefined && operator.heldNano > BigInt(heldMs) * 1_000_000n && operator;
  }, 10_000);
}

/** Number of the line of the program that holds the text. */
function lineOf(text: string): number {
  return readFileSync(programPath('stuck.mjs'), 'utf8').split(text)[0]?.split('\n').length ?? 0;
}

async function ask(operatorId: number, kinds: SampleKind[] = [], durationMillis = 0): Promise<Evidence> {
  const requestId = `request-${Math.random()}`;
  const value = create(SampleRequestSchema, { requestId, operatorId, kinds, durationMillis });
  monitor.send({ case: 'sampleRequest', value });
  return monitor.waitFor((message) => {
    const evidence = evidenceOf(message);
    return evidence?.requestId === requestId && evidence;
  }, 20_000);
}

describe('of a program that is stuck in an await', () => {
  stuckIn('await');

  test('an await that never settles is named by file and line, with its callers up to the operator', async () => {
    const { id } = await held('Enrich', 300);
    const evidence = await ask(id);
    expect(evidence).toMatchObject({ trigger: EvidenceTrigger.REQUEST, operatorId: id, callbackOutstanding: true });
    const [first] = evidence.samples;
    expect(first).toMatchObject({ kind: SampleKind.AWAIT });
    expect(first?.frames.map((frame) => frame.function).slice(-2)).toEqual(['lookUp', 'Enrich._transform'].map(bare));
    expect(first?.frames.find((frame) => bare(frame.function) === 'lookUp')).toMatchObject({
      line: lineOf('the awaiting line'),
    });
    expect(evidence.operatorLocation).toMatchObject({
      file: expect.stringMatching(/stuck\.mjs$/),
      line: lineOf('_transform(record'),
    });
    expect(evidence.resources.join()).toMatch(/127\.0\.0\.1:\d+/);
  });

  test('a location that was found stays in the reports', async () => {
    const { id } = await held('Enrich', 300);
    await ask(id);
    await monitor.waitFor((message) => {
      const operator = reportOf(message)?.operators.find((candidate) => candidate.id === id);
      return operator?.location?.line === lineOf('_transform(record');
    }, 3000);
  });

  test('a processor sample of an idle loop says that it was idle', async () => {
    const { id } = await held('Enrich', 300);
    const evidence = await ask(id, [SampleKind.CPU], 100);
    expect(evidence.missing.join()).toMatch(/idle in \d+ of 10 looks/);
  });

  if (process.env.TEST_NODE !== undefined)
    console.warn(
      'skipped: more requests than are answered at once, because who counts them is the agent: once is enough',
    );
  test.runIf(process.env.TEST_NODE === undefined)(
    'every request is answered, also one for an operator that is not there',
    async () => {
      await held('Enrich', 300);
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(999_999)));
      const missing = answers.map((answer) => answer.missing.join());
      expect(missing.filter((text) => /was never there/.test(text)).length).toBeGreaterThanOrEqual(1);
      expect(missing.filter((text) => /already being answered/.test(text)).length).toBeGreaterThanOrEqual(1);
    },
  );
});

describe('of a program whose callback was lost', () => {
  stuckIn('callback');

  test('the callback is told as outstanding, and no other await is taken for it', async () => {
    const { id } = await held('Enrich', 300);
    // A machine that does something else may have no time for the function's place: it is asked for again.
    const evidence = await until('the place of the function', 10_000, async () => {
      const answer = await ask(id);
      return answer.operatorLocation === undefined ? undefined : answer;
    });
    expect(evidence.callbackOutstanding).toBe(true);
    expect(evidence.operatorLocation).toMatchObject({
      file: expect.stringMatching(/stuck\.mjs$/),
      line: lineOf('_transform(record'),
    });
    const names = evidence.samples.flatMap((sample) => sample.frames.map((frame) => bare(frame.function)));
    expect(names).not.toContain('lookUp');
  });
});

function bare(name: string): string {
  return name.replace(/^.*\./, '');
}
