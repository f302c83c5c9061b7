import type { WorkerWindow } from '../../model/worker-window.ts';
import type { Finding } from '../finding.ts';

/**
 * Rule 5. An error that nobody caught, or an exit that was not a success. It stands until the worker reports again, or until
 * other workers of its job on its host have taken its place. A bare exit code tells nothing beside operators that the worker
 * has left undone.
 */
export function failure(window: WorkerWindow, undone: readonly Finding[]): Finding[] {
  const { failure: fault, facts, departure } = window;
  if (fault === null || departure?.replaced === true) return [];
  if (fault.name === '' && undone.some(({ session }) => session === fault.session)) return [];
  return [
    {
      rule: 'failure',
      type: 'failure',
      stage: 'found',
      job: fault.job,
      worker: facts.worker,
      session: fault.session,
      operatorId: fault.operatorId,
      operator: fault.operator,
      ordinal: 0,
      heldMs: 0,
      thresholdMs: 0,
      sinceUnixMs: fault.at.unixMs,
      severity: 'error',
      victims: [],
      missing: fault.name === '' ? ['The worker told no error, only that it ended badly.'] : [],
      facts: fault.exitCode === null ? {} : { exitCode: fault.exitCode },
    },
  ];
}
