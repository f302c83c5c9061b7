import type { WorkerWindow } from '../../model/worker-window.ts';
import type { DetectionLimits } from '../../progress-monitor.ts';
import type { Finding } from '../finding.ts';

/**
 * Rule 4. A worker went away without goodbye and has not come back within workerLostAfterMs, and no other worker of its job
 * was started on its host in its place.
 */
export function workerLost(window: WorkerWindow, limits: DetectionLimits): Finding[] {
  const { departure, facts, snapshot } = window;
  if (departure?.how !== 'lost' || departure.replaced || departure.awayMs < limits.workerLostAfterMs) return [];
  const lastHeard = window.receivedAt ?? window.connectedAt;
  return [
    {
      rule: 'worker-lost',
      type: 'worker-lost',
      stage: 'found',
      job: facts.job,
      worker: facts.worker,
      session: facts.session,
      operatorId: 0,
      operator: '',
      ordinal: 0,
      heldMs: departure.awayMs,
      thresholdMs: limits.workerLostAfterMs,
      sinceUnixMs: Math.min(lastHeard.unixMs, departure.at.unixMs),
      severity: 'error',
      victims: [],
      missing: ['The worker cannot be asked for evidence because it is not connected.'],
      facts: {
        pid: facts.pid,
        host: facts.host,
        operators: snapshot?.operatorsById.size ?? 0,
        ...departure.parting,
        ...(snapshot?.loop == null || snapshot.loop.heapLimitBytes === 0
          ? {}
          : { heapUsedBytes: snapshot.loop.heapUsedBytes, heapLimitBytes: snapshot.loop.heapLimitBytes }),
      },
    },
  ];
}
