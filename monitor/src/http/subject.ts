import type { FastifyRequest } from 'fastify';
import type { Subject } from '../access/authorise.ts';
import type { ProgressMonitor } from '../progress-monitor.ts';

/**
 * What a route is about. `nothing`: only health. `worker`: the one that its path or query names. `job`: the same. `rows`: several
 * things, each of which the route itself asks about before it shows it. `everything`: it cannot be told apart by worker.
 */
export type RouteSubject = 'nothing' | 'worker' | 'job' | 'rows' | 'everything';

interface Named {
  readonly id?: unknown;
  readonly job?: unknown;
  readonly worker?: unknown;
}

/** The subject of a request; undefined where the route asks by itself. */
export function subjectOf(
  about: RouteSubject,
  request: FastifyRequest,
  progress: Pick<ProgressMonitor, 'worker'>,
): Subject | undefined {
  if (about === 'everything') return about;
  const { id, job } = request.params as Named;
  const query = request.query as Named;
  if (about === 'job') return { job: text(job) };
  if (about !== 'worker') return undefined;
  const worker = text(id ?? query.id ?? query.worker);
  // Pages that name no worker show all of those that may be seen.
  return worker === undefined ? undefined : { worker, job: progress.worker(worker)?.job };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
