import { fitsAny } from '../access/pattern.ts';
import type { MonitorConfig } from './settings.ts';

/** What the monitor wishes of one worker; milliseconds. What the worker's own user has set goes before it. */
export interface WorkerWishes {
  readonly reportIntervalMs: number;
  readonly markerIntervalMs: number;
  readonly loopBlockedMs: number;
  readonly disabledFeatures: readonly string[];
}

/** The wishes for a worker: those of the first rule that it fits, and where that says nothing those for all workers. Pure. */
export function wishesFor(
  config: Pick<MonitorConfig, 'provisioning' | 'reportIntervalMs' | 'markerIntervalMs' | 'loopBlockedMs'>,
  { worker, job }: { readonly worker: string; readonly job: string },
): WorkerWishes {
  const rule = config.provisioning.find(({ workers, jobs }) => fitsAny(workers, worker) && fitsAny(jobs, job));
  return {
    reportIntervalMs: rule?.reportIntervalMs ?? config.reportIntervalMs,
    markerIntervalMs: rule?.markerIntervalMs ?? config.markerIntervalMs,
    loopBlockedMs: rule?.loopBlockedMs ?? config.loopBlockedMs,
    disabledFeatures: rule?.disabledFeatures ?? [],
  };
}
