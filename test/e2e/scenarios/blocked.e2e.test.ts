import { readFileSync } from 'node:fs';
import type { Incident } from '@streamgauge/monitor';
import { describe, expect, it } from 'vitest';
import { startTestMonitor, TEST_LIMITS } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { startWorker } from '../harness/worker.ts';

/** The published bound: threshold, one check, and 200 ms for the way. */
const boundMs = TEST_LIMITS.loopBlockedMs + TEST_LIMITS.checkIntervalMs + 200;
/** What a shared test machine may add by not running us. */
const toleranceMs = 400;

/** Blocks the main thread in the way named. */
async function block(kind: string, durationMs: number) {
  // As long as by default, so that frames which come when a call returns find their incident open.
  const monitor = await startTestMonitor({ resolveAfterMs: 2000 });
  const worker = startWorker({
    program: program('blocked.mjs'),
    programArguments: [kind, String(durationMs)],
    monitorUrl: monitor.workerUrl,
    job: 'crunching',
    worker: 'w1',
    stdin: 'pipe',
  });
  const blockedAtMs = Number((await worker.line(/^blocking/, 20_000)).split(' ')[1]);
  /**
   * The incident once it is as expected, and how long after the beginning of the block it was opened: by the clocks of worker
   * and monitor, because this test may be late to ask.
   */
  const incident = async (matches: (incident: Incident) => boolean, withinMs: number) => {
    const found = await monitor.waitForIncident(matches, withinMs);
    return { found, afterMs: Date.parse(found.openedAt) - blockedAtMs };
  };
  return { monitor, worker, incident, blockedAtMs };
}

/** Number of the line of the program that holds the code. */
const lineWith = (code: string): number =>
  readFileSync(program('blocked.mjs'), 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(code)) + 1;

/** The operator, the line and the stack are told while it is blocked. */
async function toldOfJavaScript(kind: string, functionName: string, code: string): Promise<void> {
  const { worker, incident, blockedAtMs } = await block(kind, 6000);
  const { found, afterMs } = await incident(({ evidence }) => evidence.location !== null, 5000);
  expect(worker.stdout()).not.toContain('unblocked ');
  expect(afterMs).toBeLessThanOrEqual(boundMs + toleranceMs);
  expect(found).toMatchObject({
    type: 'stall',
    operator: 'Crunch',
    worker: 'w1',
    job: 'crunching',
    category: 'user',
  });
  expect(found.mechanism).toBe('loop-blocked');
  const { location, samples } = found.evidence;
  expect(location?.file).toMatch(/blocked\.mjs$/);
  expect(location?.function).toContain(functionName);
  expect(Math.abs((location?.line ?? 0) - lineWith(code))).toBeLessThanOrEqual(1);
  expect(Date.parse(samples[0]?.takenAt ?? '') - blockedAtMs).toBeLessThanOrEqual(boundMs + toleranceMs);
}

/** The operator is told while it is blocked, the frames when it returns. */
async function toldOfNativeCall(kind: string, functionName: string, after: RegExp): Promise<void> {
  const { monitor, worker, incident } = await block(kind, 3500);
  const { found, afterMs } = await incident(({ mechanism }) => mechanism === 'native-call', 3000);
  expect(worker.stdout()).not.toContain('unblocked ');
  expect(afterMs).toBeLessThanOrEqual(boundMs + toleranceMs);
  expect(found).toMatchObject({ type: 'stall', operator: 'Crunch', worker: 'w1' });
  await worker.line(/^unblocked/, 20_000);
  const { found: returned } = await incident(({ evidence }) => evidence.location !== null, 10_000);
  expect(returned.id).toBe(found.id);
  expect(returned.mechanism).toMatch(after);
  expect(returned.evidence.location?.file).toMatch(/blocked\.mjs$/);
  const functions = returned.evidence.samples.flatMap(({ frames }) => frames.map((frame) => frame.function));
  expect(functions.some((name) => name.includes(functionName))).toBe(true);
  await incident(({ id, state }) => id === found.id && state === 'resolved', 5000);
  expect(await monitor.incidents()).toHaveLength(1);
}

describe('a main thread blocked in JavaScript', () => {
  it.each([
    ['sync-loop', 'sync-loop', '++spins'],
    ['regex', 'regex', '.test('],
    ['microtasks', 'microtasks', 'await null'],
  ])('%s: operator, line and stack are told while it is still blocked', toldOfJavaScript);
});

describe('a main thread blocked in native code', () => {
  // V8 looks for the question when a function is entered: the stack may be that of the caller already. To collect what the call has
  // made may hold the loop up for as long again, in the middle of that caller.
  it('json-parse: the operator is told while it is blocked, the frames when it returns', () =>
    toldOfNativeCall('json-parse', '_transform', /^(?:native-call|loop-blocked)$/));
});

// At the same time, because only one of them needs a processor.
describe.concurrent('a main thread that waits or has others compute', () => {
  it('atomics-wait: operator, line and stack are told while it is still blocked', () =>
    toldOfJavaScript('atomics-wait', 'atomics-wait', 'Atomics.wait('));

  it.each([
    ['pbkdf2', 'pbkdf2', /^native-call$/],
    ['exec-sync', 'exec-sync', /^native-call$/],
  ])('%s: the operator is told while it is blocked, the frames when it returns', toldOfNativeCall);
});
