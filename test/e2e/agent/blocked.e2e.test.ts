import { type Evidence, EvidenceTrigger, FrameOrigin } from '@streamgauge/proto';
import { afterEach, describe, expect, test } from 'vitest';
import { evidenceOf, type FakeMonitor, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, startProgram } from './run-program.ts';

const LOOP_BLOCKED_MS = 300;
/** Evidence is there this long after the threshold, while the main thread is still blocked; the grain of the clock included. */
const ALLOWED_MS = 200;
/** The frames of the link travel through this test's own event loop. */
const SLACK_MS = 150;
/** On a machine that is starved by other work, everything takes longer by as many times as this test's own timers are late. */
const LATENESS_FACTOR = 10;
const BLOCK_MS = 2500;

let monitor: FakeMonitor;
let program: RunningProgram;
afterEach(async () => {
  program.child.kill('SIGKILL');
  await monitor.close();
});

/** Runs the program until it blocks; gives the evidence and how long after the beginning of the block it came. */
async function block(kind: string): Promise<{ evidence: Evidence; afterMs: number; slackMs: number }> {
  monitor = await startFakeMonitor({ welcome: { settings: { loopBlockedMillis: LOOP_BLOCKED_MS } } });
  program = startProgram({
    program: 'block-main-thread.mjs',
    args: [kind, String(BLOCK_MS)],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  await program.printed('blocking', 15_000);
  const blockedAtMs = Number(/^blocking (\d+)$/m.exec(program.stdout())?.[1]);
  const lateness = watchLateness();
  const evidence = await monitor.waitFor(blockedEvidence, 5000);
  return { evidence, afterMs: Date.now() - blockedAtMs, slackMs: SLACK_MS + lateness() * LATENESS_FACTOR };
}

/** The same; a run that was too late gets up to two more chances, because somebody else may have had the processors. */
async function blockInTime(kind: string): Promise<Evidence> {
  for (let attempt = 1; ; attempt++) {
    const { evidence, afterMs, slackMs } = await block(kind);
    const stillBlocked = !program.stdout().includes('unblocked');
    const inTime = afterMs < LOOP_BLOCKED_MS + ALLOWED_MS + slackMs;
    if ((inTime && stillBlocked) || attempt === 3) {
      expect(afterMs).toBeGreaterThan(LOOP_BLOCKED_MS - 110);
      expect(afterMs).toBeLessThan(LOOP_BLOCKED_MS + ALLOWED_MS + slackMs);
      expect(stillBlocked).toBe(true);
      return evidence;
    }
    program.child.kill('SIGKILL');
    await monitor.close();
  }
}

/** Gives the function that tells how late a timer of this process was at most since then, milliseconds. */
function watchLateness(): () => number {
  let mostMs = 0;
  let dueMs = performance.now() + 10;
  const timer = setInterval(() => {
    mostMs = Math.max(mostMs, performance.now() - dueMs);
    dueMs = performance.now() + 10;
  }, 10);
  return () => {
    clearInterval(timer);
    return mostMs;
  };
}

const blockedEvidence = (message: Parameters<typeof evidenceOf>[0]): Evidence | false => {
  const evidence = evidenceOf(message);
  return evidence?.trigger === EvidenceTrigger.LOOP_BLOCKED && evidence;
};

describe('a main thread that is blocked in JavaScript is seen from outside, with its stack, while it is still blocked', () => {
  test.each([
    { kind: 'sync-loop', name: 'spin', line: 17 },
    { kind: 'regex', name: 'backtrack', line: 22 },
    { kind: 'atomics-wait', name: 'waitForNobody', line: 25 },
    { kind: 'microtasks', name: 'endless', line: 29 },
  ])('$kind', async ({ kind, name, line }) => {
    const evidence = await blockInTime(kind);
    const frame = evidence.samples[0]?.frames.find(({ origin }) => origin === FrameOrigin.USER);
    expect(frame).toMatchObject({ function: name, file: expect.stringMatching(/block-main-thread\.mjs$/), line });
  });
}, 60_000);

describe('a main thread that is blocked in native code is seen at once, and its frames come when the call returns', () => {
  test.each([
    { kind: 'json-parse', name: 'parseHuge', state: 'R' },
    { kind: 'pbkdf2', name: 'hashLong', state: 'R' },
    { kind: 'exec-sync', name: 'runChild', state: 'S' },
  ])('$kind', async ({ kind, name, state }) => {
    const evidence = await blockInTime(kind);
    expect(evidence.samples).toHaveLength(0);
    expect(evidence.missing.join()).toMatch(/native code/);
    if (process.platform === 'linux') expect(evidence.thread?.state).toBe(state);

    const resumed = await monitor.waitFor((message) => {
      const found = evidenceOf(message);
      return found?.trigger === EvidenceTrigger.LOOP_RESUMED && found;
    }, 20_000);
    expect(resumed.samples[0]?.frames.map((frame) => frame.function)).toContain(name);
  });
}, 90_000);

test('reports go on while the main thread is blocked, and say for how long', async () => {
  await block('sync-loop');
  const report = await monitor.waitFor((message) => {
    const found = reportOf(message);
    return (found?.loop?.blockedNano ?? 0n) > 1_000_000_000n && found;
  }, 5000);
  expect(report?.loop?.silentNano).toBeGreaterThanOrEqual(report?.loop?.blockedNano ?? 0n);
  expect(program.stdout()).not.toContain('unblocked');
  await program.printed('done', 5000);
  await monitor.waitFor((message) => {
    const later = reportOf(message);
    return later !== undefined && later.sequence > (report?.sequence ?? 0n) && later.loop?.blockedNano === 0n;
  }, 3000);
}, 45_000);

test('an idle process and one that loads modules are never blocked', async () => {
  monitor = await startFakeMonitor({ welcome: { settings: { loopBlockedMillis: LOOP_BLOCKED_MS } } });
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '2500'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  await program.ended;
  const reports = monitor.received.map(({ message }) => reportOf(message)).filter((report) => report !== undefined);
  expect(reports.length).toBeGreaterThanOrEqual(2);
  expect(reports.every((report) => report.loop?.blockedNano === 0n)).toBe(true);
  expect(monitor.received.some(({ message }) => evidenceOf(message))).toBe(false);
});
