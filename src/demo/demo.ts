import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { FAULTS, type Fault } from './fault.ts';
import { isFlowing } from './flow.ts';
import { FLOW_WITHIN_MS } from './limits.ts';
import type { DemoEnd, Reporter } from './reporter.ts';
import { playQuietRound, playRound } from './round.ts';
import { DEMO_JOB, DEMO_WORKER, openStage, type Stage } from './stage.ts';

const LOOK_EVERY_MS = 500;

/** How long the healthy flow, and then the incident, is left to be looked at. */
const PACE = {
  once: { lookAtFlowMs: 2000, lookAtIncidentMs: 500 },
  endless: { lookAtFlowMs: 6000, lookAtIncidentMs: 6000 },
} as const;

/** What the demo is asked to do. */
export interface DemoOptions {
  /** Absent: one after the other. */
  readonly fault: Fault | 'none' | undefined;
  /** Stops after one round instead of going on until it is stopped. */
  readonly once: boolean;
  /** Length of a round without a fault. */
  readonly quietMs: number;
  readonly reporter: Reporter;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/** Runs the demo to its end and cleans up. What went wrong is in the result; it does not throw for it. */
export async function playDemo(options: DemoOptions): Promise<DemoEnd> {
  const { reporter, signal } = options;
  const beganMs = performance.now();
  const elapsedMs = (): number => performance.now() - beganMs;
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new CliError('SG_CLI_DEMO', 'stopped.', 0));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  stopped.catch(() => {});

  const stage = await openStage(reporter.incident);
  const watch = watchFlow(stage, reporter, elapsedMs);
  let end: Omit<DemoEnd, 'elapsedMs'>;
  try {
    reporter.started({ url: stage.url, job: DEMO_JOB, worker: DEMO_WORKER, pid: stage.worker.pid });
    const reason = await Promise.race([playRounds(stage, watch.flowing, options), stopped, stage.worker.endedUnasked]);
    end = { ok: true, reason };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    end = { ok: error.exitCode === 0, reason: error.message };
  } finally {
    watch.stop();
    await stage.close();
  }
  const result = { ...end, elapsedMs: elapsedMs() };
  reporter.finished(result);
  return result;
}

async function playRounds(stage: Stage, flowing: Promise<void>, options: DemoOptions): Promise<string> {
  const { fault, once, reporter, signal } = options;
  const pace = once ? PACE.once : PACE.endless;
  const plans =
    fault === undefined && !once
      ? Object.values(FAULTS)
      : [FAULTS[fault === undefined || fault === 'none' ? 'hang' : fault]];
  await flowing;
  for (;;) {
    if (fault === 'none') {
      const seen = await playQuietRound(stage, options.quietMs);
      if (once) return seen;
      continue;
    }
    for (const plan of plans) {
      await sleep(pace.lookAtFlowMs, undefined, { signal, ref: false });
      const seen = await playRound(stage, plan, { reporter, lookAtIncidentMs: pace.lookAtIncidentMs });
      if (once) return seen;
    }
  }
}

/** Reports the flow until it is stopped; `flowing` resolves once every operator moves, rejects when that takes too long. */
function watchFlow(
  stage: Stage,
  reporter: Reporter,
  elapsedMs: () => number,
): { readonly flowing: Promise<void>; stop(): void } {
  const { promise: flowing, resolve, reject } = Promise.withResolvers<void>();
  flowing.catch(() => {});
  let looking = false;
  let moved = false;
  let stopped = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    const rows = await stage.flow();
    looking = false;
    if (stopped) return;
    // Before the first record there is nothing to look at.
    moved ||= rows.some((row) => row.recordsPerSecond > 0);
    if (moved) reporter.flow(rows, elapsedMs());
    if (isFlowing(rows)) resolve();
    else if (elapsedMs() > FLOW_WITHIN_MS) {
      const reason = `the monitor did not see all operators move within ${FLOW_WITHIN_MS / 1000} s of the start.`;
      reject(new CliError('SG_CLI_DEMO', reason, 1));
    }
  }, LOOK_EVERY_MS);
  return {
    flowing,
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}
