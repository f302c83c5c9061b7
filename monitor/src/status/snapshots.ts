import { schedule } from 'node-cron';
import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import type { Store } from '../store/store.ts';
import type { WorkerStatus } from './worker-status.ts';

/** Workers that are asked for a snapshot at the same time. */
const atOnce = 16;
/** Over how long a round of questions is spread, milliseconds, with so long between two handfuls: a minute's schedule has room for it. */
const spreadMs = 45_000;
const paceMs = 100;

/**
 * What is kept of a worker beside what its reports have told of its operators: all that costs it next to nothing. Not the collections
 * of garbage, which are watched for those who ask.
 */
export const keptSections: readonly string[] = [
  'versions',
  'settings',
  'threads',
  'event-loop',
  'cpu',
  'memory',
  'in-flight',
  'drops',
];

/** Keeps what workers did, so that it can be read when they are gone. */
export interface Snapshots {
  /** Asks every worker that is connected and writes what it does; of one that has just gone, the last that is known of it. */
  take(): Promise<void>;
  /** Ends the schedule and writes what is known, without asking anybody. */
  close(): Promise<void>;
}

/** Takes snapshots on a schedule of node-cron. A run that fails is logged, and the next one comes at its time. */
export function createSnapshots(options: {
  readonly store: Pick<Store, 'saveSnapshot'>;
  readonly progress: Pick<ProgressMonitor, 'workerNames' | 'worker'>;
  readonly status: Pick<WorkerStatus, 'askOrLastTold' | 'lastTold'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pattern: string;
}): Snapshots {
  const { store, progress, status, clock, log } = options;
  /** Workers whose state at the time of their going is stored; nothing about them changes any more. */
  const settled = new Map<string, string>();
  let closed = false;
  /** Ends the round of questions that goes on. */
  let endRound = (): void => {};

  const takeAll = async (mayAsk: boolean): Promise<void> => {
    const names = progress.workerNames();
    const present = new Set(names);
    for (const worker of settled.keys()) if (!present.has(worker)) settled.delete(worker);
    // At once, the answers of two thousand workers would keep the monitor busy for ten seconds of each minute.
    const pace = { interval: paceMs, intervalCap: Math.max(1, Math.ceil((names.length * paceMs) / spreadMs)) };
    const queue = new PQueue({ concurrency: atOnce, ...(mayAsk && pace) });
    if (mayAsk) endRound = () => queue.clear();
    let failed = false;
    // One after the other: the views of two thousand workers at once would hold the monitor up for a fifth of a second.
    const takeOne = async (name: string): Promise<void> => {
      const view = progress.worker(name);
      if (view === undefined) return;
      const mark = `${view.session} ${view.state}`;
      const connected = view.state === 'connected';
      if (failed || (!connected && settled.get(view.worker) === mark)) return;
      try {
        const told = connected && mayAsk ? await status.askOrLastTold(view, keptSections) : await status.lastTold(view);
        // What was asked before the end is older than what is written at the end.
        if (closed && mayAsk) return;
        await store.saveSnapshot(view.worker, view.job, clock.unixMs(), { ...view, status: told });
        settled.set(view.worker, mark);
      } catch (error) {
        if (failed) return;
        // What one write has failed of, the others would fail of.
        failed = true;
        const reason = `The state of worker ${view.worker} could not be stored: ${messageOf(error)}`;
        log.oncePerMinute('snapshots', reason);
      }
    };
    await queue.addAll(names.map((name) => () => takeOne(name))).catch((error) => {
      // At the end of the monitor those that have not been asked yet are left out.
      if (!closed) throw error;
    });
  };

  const take = (): Promise<void> => takeAll(true);
  const task = schedule(options.pattern, take, { noOverlap: true, suppressMissedWarning: true, unref: true });

  return {
    take,
    close: async () => {
      closed = true;
      endRound();
      await task.destroy();
      await takeAll(false);
    },
  };
}
