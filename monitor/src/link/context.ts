import type { TokenBook } from '../access/token-book.ts';
import type { Clock } from '../clock.ts';
import type { CommandDesk } from '../command/command-desk.ts';
import type { MonitorConfig } from '../config/settings.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';
import type { StatusDesk } from '../status/status-desk.ts';
import type { Store } from '../store/store.ts';
import type { LinkCounters } from './counters.ts';

/** What every connection needs of the rest of the monitor. */
export interface LinkContext {
  readonly config: MonitorConfig;
  readonly access: TokenBook;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: Store;
  readonly progressMonitor: ProgressMonitor;
  /** Where answers about the status of workers go. */
  readonly statusDesk: Pick<StatusDesk, 'deliver'>;
  readonly metrics: Pick<Metrics, 'reportReceived' | 'workerGone'>;
  readonly counters: LinkCounters;
  readonly commands: Pick<CommandDesk, 'answered'>;
  /** Version of the monitor, for Welcome. */
  readonly version: string;
}
