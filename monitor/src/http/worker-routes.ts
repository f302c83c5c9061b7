import type { FastifyInstance } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import type { DatedSnapshot } from '../status/worker-status.ts';
import { mapInTurns } from '../turns.ts';
import { sampleView } from './sample-view.ts';
import type { HttpContext } from './server.ts';
import { refuseUnseen, visibleTo } from './visible.ts';

/** How long a worker may take to answer, beyond the time it was asked to sample for. */
const sampleTimeoutMs = 5000;

const sampleSchema = {
  type: 'object',
  required: ['kind'],
  additionalProperties: false,
  properties: {
    kind: { enum: ['cpu', 'await', 'both'] },
    durationMs: { type: 'integer', minimum: 0, maximum: 10_000 },
    operator: { type: 'string', maxLength: 1000 },
  },
} as const;

interface SampleBody {
  readonly kind: 'cpu' | 'await' | 'both';
  readonly durationMs?: number;
  readonly operator?: string;
}

/** `/api/v1/workers`: the processes, what they did last, and what can be asked of them. */
export function workerRoutes(server: FastifyInstance, { progress, status, codeOwner }: HttpContext): void {
  const read = { config: { action: 'read', about: 'worker' } } as const;
  const readRows = { config: { action: 'read', about: 'rows' } } as const;

  // Of thousands of workers it is tens of megabytes: others have their turn while it is written.
  server.get('/api/v1/workers', readRows, async ({ principal }, reply) => {
    const workers = await mapInTurns(visibleTo(principal, progress).workers(), (worker) => JSON.stringify(worker));
    return reply.type('application/json; charset=utf-8').send(`{"workers":[${workers.join(',')}]}`);
  });

  server.get<{ Params: { id: string } }>('/api/v1/workers/:id', read, async ({ params: { id } }) =>
    workerOf(progress, id),
  );

  server.get<{ Params: { id: string }; Querystring: { at?: string } }>(
    '/api/v1/workers/:id/status',
    {
      ...readRows,
      schema: { querystring: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } } },
    },
    ({ principal, params: { id }, query: { at } }) => visibleSnapshot(principal, { progress, status }, id, at),
  );

  server.post<{ Params: { id: string }; Body: SampleBody }>(
    '/api/v1/workers/:id/samples',
    { config: { action: 'sample', about: 'worker' }, schema: { body: sampleSchema } },
    async ({ params: { id }, body: { kind, durationMs = 0, operator } }) => {
      workerOf(progress, id);
      const kinds = kind === 'both' ? (['cpu', 'await'] as const) : [kind];
      const request = operator === undefined ? { kinds, durationMs } : { kinds, durationMs, operator };
      const event = await progress.sample(id, request, durationMs + sampleTimeoutMs).catch((error: unknown) => {
        if (error instanceof MonitorError) throw error;
        throw new MonitorError(monitorErrorCodes.workerUnavailable, messageOf(error));
      });
      return sampleView(event, codeOwner);
    },
  );
}

/**
 * What a worker does now, or did then; without a time the last that is known of one that is gone. Whose job it was may only be known
 * from what is stored.
 *
 * @throws MonitorError SG_MONITOR_NOT_FOUND or SG_MONITOR_FORBIDDEN
 */
export async function visibleSnapshot(
  principal: Principal,
  { progress, status }: Pick<HttpContext, 'progress' | 'status'>,
  id: string,
  at: string | undefined,
): Promise<DatedSnapshot> {
  const live = at === undefined ? progress.worker(id) : undefined;
  // Not even asked for it.
  if (live !== undefined) refuseUnseen(principal, live);
  const found = at === undefined ? await status.now(id) : await status.at(id, Date.parse(at));
  refuseUnseen(principal, { worker: id, job: found?.snapshot.job });
  if (found !== undefined) return found;
  const name = JSON.stringify(id);
  const message =
    at === undefined
      ? `There is no worker ${name}, and no snapshot of one.`
      : `There is no snapshot of worker ${name} at that time.`;
  throw new MonitorError(monitorErrorCodes.notFound, message);
}

/** @throws MonitorError SG_MONITOR_NOT_FOUND */
export function workerOf(progress: ProgressMonitor, id: string): WorkerView {
  const worker = progress.worker(id);
  if (worker === undefined)
    throw new MonitorError(monitorErrorCodes.notFound, `There is no worker ${JSON.stringify(id)}.`);
  return worker;
}
