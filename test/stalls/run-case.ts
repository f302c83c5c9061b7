import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Incident } from '@streamgauge/monitor';
import { type Score, scoreOf } from './score.ts';
import type { StallCase } from './truth.ts';

/** How long a case is watched after its fault for an incident. */
const DETECT_MS = 15_000;
const SETTLE_MS = 5000;
const NEAR_MISS_MS = 12_000;
/** Until a program says that its fault has happened. */
const FAULT_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;

/** Where a case runs. */
export interface Surroundings {
  readonly monitorUrl: string;
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
  /** How long it is watched after an incident for its diagnosis and for others. */
  readonly settleMs?: number;
  /** How long its diagnosis may take before that; default no time: what is not told when it has settled, was not told. */
  readonly verdictWithinMs?: number;
  /** How long a near-miss is watched; default several times a threshold of 2 s. */
  readonly nearMissMs?: number;
  /** Default: what a program writes to stderr is shown. */
  readonly stderr?: 'inherit' | 'ignore';
}

/**
 * Runs one program with the agent against a monitor and says how right the monitor was. The program prints `fault` when what
 * is wrong with it begins, and `watch` when a near-miss has come to what is to be watched.
 */
export async function runCase(stallCase: StallCase, surroundings: Surroundings): Promise<Score> {
  const { monitorUrl, node, env, settleMs = SETTLE_MS, verdictWithinMs = 0, nearMissMs = NEAR_MISS_MS } = surroundings;
  const { id, program, truth } = stallCase;
  const startedAtMs = Date.now();
  // It is killed where it stands: what it has made for itself is taken away behind it.
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-stall-'));
  const child = spawn(node, [...(truth.node ?? []), '--import', REGISTER, program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {
      ...env,
      TMPDIR: folder,
      STREAMGAUGE_MONITOR_URL: monitorUrl.replace(/^http/, 'ws'),
      STREAMGAUGE_JOB: id,
      STREAMGAUGE_WORKER: id,
      STREAMGAUGE_LOG: 'error',
    },
    stdio: ['ignore', 'pipe', surroundings.stderr ?? 'inherit'],
    detached: true,
  });
  const incidents = async (): Promise<readonly Incident[]> => {
    const answer = await fetch(new URL(`/api/v1/incidents?job=${encodeURIComponent(id)}`, monitorUrl));
    const { incidents: all } = (await answer.json()) as { readonly incidents: readonly Incident[] };
    // The same program may have run before.
    return all.filter(({ openedAt }) => Date.parse(openedAt) >= startedAtMs).toReversed();
  };
  try {
    const faultAtMs = await said(child, truth.culprit === undefined ? 'watch' : 'fault');
    if (truth.culprit === undefined) await sleep(nearMissMs);
    else {
      await within(DETECT_MS, async () => (await incidents()).length > 0);
      await within(verdictWithinMs, async () => (await incidents()).every(({ mechanism }) => mechanism !== 'unknown'));
      await sleep(settleMs);
    }
    return scoreOf(stallCase, await incidents(), faultAtMs);
  } finally {
    end(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function within(durationMs: number, isTrue: () => Promise<boolean>): Promise<void> {
  const lateMs = performance.now() + durationMs;
  while (performance.now() < lateMs && !(await isTrue())) await sleep(LOOK_EVERY_MS);
}

/** Wall-clock time at which a program said so; undefined when it has not. */
export async function said(child: ChildProcess, word: string): Promise<number | undefined> {
  let text = '';
  const signal = AbortSignal.timeout(FAULT_WITHIN_MS);
  try {
    for (;;) {
      const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, 'data', { signal })) as [Buffer];
      text += chunk.toString();
      if (text.split('\n').includes(word)) return Date.now();
    }
  } catch {
    return undefined;
  }
}

/** Ends a program with everything that it has started itself; it must have been started detached. */
export function end(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // It has ended.
  }
}
