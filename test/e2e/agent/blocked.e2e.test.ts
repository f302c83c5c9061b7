import { type Evidence, EvidenceTrigger, FrameOrigin, NativeCall } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
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
const ATTEMPTS = 5;

/** A program that is blocked, and the monitor that hears of it. */
interface Blocked {
  readonly monitor: FakeMonitor;
  readonly program: RunningProgram;
  readonly evidence: Evidence;
  /** From the beginning of the block to the evidence. */
  readonly afterMs: number;
  readonly slackMs: number;
  end(): Promise<void>;
}

/** Starts a program with a monitor of its own; both are ended with the test. */
async function start(program: string, args: readonly string[]): Promise<Pick<Blocked, 'monitor' | 'program' | 'end'>> {
  const monitor = await startFakeMonitor({ welcome: { settings: { loopBlockedMillis: LOOP_BLOCKED_MS } } });
  const started = startProgram({ program, args, env: { STREAMGAUGE_MONITOR_URL: monitor.url } });
  const end = async (): Promise<void> => {
    started.child.kill('SIGKILL');
    await monitor.close();
  };
  whenFinished(end);
  return { monitor, program: started, end };
}

/** Runs the program until it blocks; gives the evidence and how long after the beginning of the block it came. */
async function block(kind: string): Promise<Blocked> {
  const started = await start('block-main-thread.mjs', [kind, String(BLOCK_MS)]);
  const { monitor, program } = started;
  await monitor.waitFor(reportOf, 15_000);
  await program.printed('ready', 15_000);
  program.child.kill('SIGUSR2');
  await program.printed('blocking', 15_000);
  const blockedAtMs = Number(/^blocking (\d+)$/m.exec(program.stdout())?.[1]);
  const lateness = watchLateness();
  const evidence = await monitor.waitFor(blockedEvidence, 5000);
  return { ...started, evidence, afterMs: Date.now() - blockedAtMs, slackMs: SLACK_MS + lateness() * LATENESS_FACTOR };
}

/** The same; a run that was too late is not the last one, because somebody else may have had the processors. */
async function blockInTime(kind: string): Promise<Blocked> {
  for (let attempt = 1; ; attempt++) {
    const blocked = await block(kind);
    const { afterMs, slackMs } = blocked;
    const stillBlocked = !blocked.program.stdout().includes('unblocked');
    const inTime = afterMs < LOOP_BLOCKED_MS + ALLOWED_MS + slackMs;
    if ((inTime && stillBlocked) || attempt === ATTEMPTS) {
      expect(afterMs).toBeGreaterThan(LOOP_BLOCKED_MS - 110);
      expect(afterMs).toBeLessThan(LOOP_BLOCKED_MS + ALLOWED_MS + slackMs);
      expect(stillBlocked).toBe(true);
      return blocked;
    }
    await blocked.end();
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

/** Which function is named while it is blocked in that way, at which lines. */
async function seesTheStack(kind: string, name: string, ...lines: readonly number[]): Promise<Blocked> {
  const blocked = await blockInTime(kind);
  const frame = blocked.evidence.samples[0]?.frames.find(({ origin }) => origin === FrameOrigin.USER);
  expect(frame).toMatchObject({ function: name, file: expect.stringMatching(/block-main-thread\.mjs$/) });
  expect(lines).toContain(frame?.line);
  return blocked;
}

/** What is known of a native call while it runs, and who is named when it has returned. */
async function seesTheCall(kind: string, name: string, state: string): Promise<void> {
  const { monitor, evidence } = await blockInTime(kind);
  // As the thread has told it before it went in; asked for, it does not answer.
  expect(evidence.nativeCall).toBe(NativeCall.EXACT);
  expect(evidence.samples[0]?.frames.map((frame) => frame.function)).toContain(name);
  expect(evidence.missing.join()).toMatch(/native code/);
  if (process.platform === 'linux') expect(evidence.thread?.state).toBe(state);

  const resumed = await monitor.waitFor((message) => {
    const found = evidenceOf(message);
    return found?.trigger === EvidenceTrigger.LOOP_RESUMED && found;
  }, 20_000);
  expect(resumed.samples[0]?.frames.map((frame) => frame.function)).toContain(name);
}

describe('a main thread that is blocked in JavaScript is seen from outside, with its stack, while it is still blocked', () => {
  test('sync-loop, and reports go on meanwhile', async () => {
    const { monitor, program } = await seesTheStack('sync-loop', 'spin', 14);
    // They say for how long it is blocked.
    const report = await monitor.waitFor((message) => {
      const found = reportOf(message);
      return (found?.loop?.blockedNano ?? 0n) > 1_000_000_000n && found;
    }, 5000);
    expect(report.loop?.silentNano).toBeGreaterThanOrEqual(report.loop?.blockedNano ?? 0n);
    expect(program.stdout()).not.toContain('unblocked');
    await program.printed('done', 5000);
    await monitor.waitFor((message) => {
      const later = reportOf(message);
      return later !== undefined && later.sequence > report.sequence && later.loop?.blockedNano === 0n;
    }, 3000);
  });

  test('regex', async () => {
    await seesTheStack('regex', 'backtrack', 19);
  });

  // V8 answers where it enters a function as well, and then names the place of its head.
  test('microtasks', async () => {
    await seesTheStack('microtasks', 'endless', 24, 26);
  });
});

// Of calls that compute this is one; what else the monitor makes of them is in scenarios/blocked.
describe('a main thread that is blocked in native code is seen at once, with what it has told of the call, and its frames come when the call returns', () => {
  test('pbkdf2', async () => {
    await seesTheCall('pbkdf2', 'hashLong', 'R');
  });
});

// At the same time, because none of them needs a processor.
describe.concurrent('a main thread that only waits', () => {
  test('in JavaScript is seen with its stack as well: atomics-wait', async () => {
    await seesTheStack('atomics-wait', 'waitForNobody', 22);
  });

  test('in native code is seen at once as well, and its frames come when the call returns: exec-sync', async () => {
    await seesTheCall('exec-sync', 'runChild', 'S');
  });

  test('for its next event, or loads modules, is never blocked', async () => {
    const { monitor, program } = await start('ends.mjs', ['normal', '2500']);
    await program.ended;
    const reports = monitor.received.map(({ message }) => reportOf(message)).filter((report) => report !== undefined);
    expect(reports.length).toBeGreaterThanOrEqual(2);
    expect(reports.every((report) => report.loop?.blockedNano === 0n)).toBe(true);
    expect(monitor.received.some(({ message }) => evidenceOf(message))).toBe(false);
  });
});
