import type { PluginReport } from '../classify/chain.ts';
import type { Plugins } from '../classify/plugin.ts';
import type { Clock } from '../clock.ts';
import type { PublisherCounters } from '../incident/publisher.ts';
import type { Logger } from '../log.ts';
import type { CodeOwner } from '../model/code-owner.ts';
import type { TaskFacts } from '../model/worker-tasks.ts';
import type { DetectionLimits, ProgressMonitor, SampleRequester } from '../progress-monitor.ts';
import type { Store } from '../store/store.ts';
import type { WishesOf } from './worker-limits.ts';

/** What the core of the monitor is made of. */
export interface ProgressMonitorOptions {
  readonly clock: Clock;
  readonly limits: DetectionLimits;
  readonly store: Pick<Store, 'saveIncident'>;
  readonly requestSample: SampleRequester;
  readonly logger: Logger;
  /** Classifiers that are asked before the built-in ones. Default none. */
  readonly plugins?: Plugins;
  readonly pluginReport?: PluginReport;
  /** Whose code a file is. Default: what the worker says. */
  readonly codeOwner?: CodeOwner;
  /** What the monitor wishes of a worker. Default: the same of all. */
  readonly wishesOf?: WishesOf;
  /** Tasks had no end when their worker was lost. */
  readonly onTasksLost?: (
    worker: { readonly worker: string; readonly job: string },
    lost: readonly TaskFacts[],
  ) => void;
  /** Ids of incidents and sample requests. Default: random UUIDs. */
  readonly newId?: () => string;
}

/** What the core has refused, dropped or failed to do, since it started. */
export interface ProgressCounters extends PublisherCounters {
  readonly incidentsRefused: number;
  readonly workersForgotten: number;
  readonly diagnosesDropped: number;
  readonly evidenceUnclaimed: number;
  /** Reports and events of workers that had not said hello. */
  readonly strangers: number;
  /** Ports and histories of channels for which there was no room, once per report. */
  readonly portsDropped: number;
  readonly positionHistoriesDropped: number;
  /** Words on tasks for which there was no room. */
  readonly tasksDropped: number;
}

/** The core with the handles its owner needs besides the interface. */
export interface RunningProgressMonitor extends ProgressMonitor {
  /** Resolves once every incident event so far has been saved (or failed to be) and told. */
  settled(): Promise<void>;
  /** Ends timers; events that are under way are waited for. */
  close(): Promise<void>;
  counters(): ProgressCounters;
}
