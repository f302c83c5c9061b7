import { authorise, type Subject } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { Incident } from '../incident/incident.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';

/** The lists of the core. */
export type Lists = Pick<ProgressMonitor, 'jobs' | 'graph' | 'workers' | 'openIncidents'>;

/** The core's lists with only those rows that the principal may read. */
export function visibleTo(principal: Principal, progress: Lists): Lists {
  return {
    jobs: () => progress.jobs().filter(({ job }) => authorise(principal, 'read', { job })),
    graph: (job) => (authorise(principal, 'read', { job }) ? progress.graph(job) : undefined),
    workers: () => progress.workers().filter(({ worker, job }) => authorise(principal, 'read', { worker, job })),
    openIncidents: (filter) => progress.openIncidents(filter).filter((incident) => maySee(principal, incident)),
  };
}

/** Whether the principal may read of an incident, or of an entry of the log: it concerns each of its jobs. */
export function maySee(
  principal: Principal,
  { worker, job, jobs = [job] }: Pick<Incident, 'worker' | 'job'> & Partial<Pick<Incident, 'jobs'>>,
): boolean {
  return jobs.some((one) => authorise(principal, 'read', { worker, job: one }));
}

/**
 * For what is only known once it is found.
 *
 * @throws MonitorError SG_MONITOR_FORBIDDEN when the principal may not read of it
 */
export function refuseUnseen(principal: Principal, subject: Subject): void {
  if (!authorise(principal, 'read', subject)) throw forbidden();
}

/** What somebody is told who is known, and may not do it. It does not say whether the worker or job is there. */
export function forbidden(): MonitorError {
  const message = 'This token does not allow that, or not for this worker or job.';
  return new MonitorError(monitorErrorCodes.forbidden, message);
}
