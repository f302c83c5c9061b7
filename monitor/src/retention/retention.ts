import { type ScheduledTask, schedule } from 'node-cron';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import type { Store } from '../store/store.ts';

/** Every hour, some minutes after the full one, when fewer other programs run. */
const prunePattern = '7 * * * *';

/** Every minute: how much of a dead worker's last moments may be missing. */
const snapshotPattern = '* * * * *';

/** Work that comes back by itself and that nobody waits for. */
export interface Retention {
  /** Deletes what is older than the retention; also called by the schedule. */
  prune(): Promise<void>;
  /** Writes the last known state of every worker that is connected or has just gone; also called by the schedule. */
  takeSnapshots(): Promise<void>;
  /** Ends the schedule and writes the last snapshots. */
  close(): Promise<void>;
}

/** Schedules pruning and snapshots. A run that fails is logged and tried again at its next time. */
export function createRetention(options: {
  readonly store: Store;
  readonly progressMonitor: Pick<ProgressMonitor, 'workers'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retentionMs: number;
}): Retention {
  const { store, progressMonitor, clock, log, retentionMs } = options;
  /** Workers whose state at the time of their going is stored; nothing about them changes any more. */
  const settled = new Map<string, string>();

  const prune = async (): Promise<void> => {
    try {
      const count = await store.prune(clock.unixMs() - retentionMs);
      if (count > 0) log.info(`Deleted ${count} stored entries that were older than ${retentionMs} ms.`);
    } catch (error) {
      log.oncePerMinute('retention-prune', `Old entries could not be deleted: ${messageOf(error)}`);
    }
  };
  const takeSnapshots = async (): Promise<void> => {
    const views = progressMonitor.workers();
    for (const worker of settled.keys()) if (!views.some((view) => view.worker === worker)) settled.delete(worker);
    for (const view of views) {
      const mark = `${view.session} ${view.state}`;
      if (view.state !== 'connected' && settled.get(view.worker) === mark) continue;
      try {
        await store.saveSnapshot(view.worker, view.job, clock.unixMs(), view);
        settled.set(view.worker, mark);
      } catch (error) {
        log.oncePerMinute(
          'retention-snapshot',
          `The state of worker ${view.worker} could not be stored: ${messageOf(error)}`,
        );
        return;
      }
    }
  };

  const task = (pattern: string, run: () => Promise<void>): ScheduledTask =>
    schedule(pattern, run, { noOverlap: true, suppressMissedWarning: true, unref: true });
  const tasks = [task(prunePattern, prune), task(snapshotPattern, takeSnapshots)];

  return {
    prune,
    takeSnapshots,
    close: async () => {
      await Promise.all(tasks.map((each) => each.destroy()));
      await takeSnapshots();
    },
  };
}
