import { schedule } from 'node-cron';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';

/** Every hour, some minutes after the full one, when fewer other programs run. */
const prunePattern = '7 * * * *';

/** Forgets what has been kept long enough. */
export interface Retention {
  /** Deletes what is older than the retention; also called by the schedule. */
  prune(): Promise<void>;
  /** Ends the schedule. */
  close(): Promise<void>;
}

/** Schedules pruning. A run that fails is logged and tried again at its next time. */
export function createRetention(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retentionMs: number;
}): Retention {
  const { store, clock, log, retentionMs } = options;

  const prune = async (): Promise<void> => {
    try {
      const count = await store.prune(clock.unixMs() - retentionMs);
      if (count > 0) log.info(`Deleted ${count} stored entries that were older than ${retentionMs} ms.`);
    } catch (error) {
      log.oncePerMinute('retention-prune', `Old entries could not be deleted: ${messageOf(error)}`);
    }
  };
  const task = schedule(prunePattern, prune, { noOverlap: true, suppressMissedWarning: true, unref: true });

  return {
    prune,
    close: async () => {
      await task.destroy();
    },
  };
}
