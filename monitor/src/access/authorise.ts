import { fitsAny } from './pattern.ts';
import type { Principal } from './principal.ts';

/**
 * Everything that can be asked of the monitor, by route or by message:
 * `health` whether it is alive; `read` what it knows; `report` to speak as a worker; `sample` to take a stack in a worker;
 * `command` to change a worker.
 */
export type Action = 'health' | 'read' | 'report' | 'sample' | 'command';

/**
 * What it is done to: one worker, one job, or everything at once, such as the metrics. A part that is not known fits no pattern.
 */
export type Subject = { readonly worker?: string | undefined; readonly job?: string | undefined } | 'everything';

/** What each role may do, in its workers and jobs. docs/security.md has the same table. */
export const rights: Readonly<Record<Principal['role'], readonly Action[]>> = {
  none: ['health'],
  worker: ['health', 'report'],
  reader: ['health', 'read'],
  operator: ['health', 'read', 'sample'],
  admin: ['health', 'read', 'report', 'sample', 'command'],
};

/**
 * The one place that says who may do what. Every route, every message of a worker and every row of a list asks it. Without a
 * subject the question is whether the principal may do it to anything at all.
 */
export function authorise({ role, workers, jobs }: Principal, action: Action, subject?: Subject): boolean {
  if (!rights[role].includes(action)) return false;
  if (action === 'health' || subject === undefined) return true;
  if (workers === undefined && jobs === undefined) return true;
  return subject !== 'everything' && fitsAny(workers, subject.worker) && fitsAny(jobs, subject.job);
}
