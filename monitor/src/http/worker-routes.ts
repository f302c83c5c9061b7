import type { FastifyInstance } from 'fastify';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import type { DatedSnapshot, WorkerStatus } from '../status/worker-status.ts';
import { sampleView } from './sample-view.ts';
import type { HttpContext } from './server.ts';

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
  const read = { config: { action: 'read' as const } };

  server.get('/api/v1/workers', read, async () => ({ workers: progress.workers() }));

  server.get<{ Params: { id: string } }>('/api/v1/workers/:id', read, async ({ params: { id } }) =>
    workerOf(progress, id),
  );

  server.get<{ Params: { id: string }; Querystring: { at?: string } }>(
    '/api/v1/workers/:id/status',
    {
      ...read,
      schema: { querystring: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } } },
    },
    ({ params: { id }, query: { at } }) => snapshotOf(status, id, at),
  );

  server.post<{ Params: { id: string }; Body: SampleBody }>(
    '/api/v1/workers/:id/samples',
    { config: { action: 'sample' }, schema: { body: sampleSchema } },
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

  server.post<{ Params: { id: string } }>(
    '/api/v1/workers/:id/commands',
    { config: { action: 'command' } },
    async ({ params: { id } }) => {
      workerOf(progress, id);
      throw new MonitorError(
        monitorErrorCodes.forbidden,
        'The worker takes no commands: none are allowed in its settings.',
      );
    },
  );
}

/**
 * What a worker does now, or did then; without a time the last that is known of one that is gone.
 *
 * @throws MonitorError SG_MONITOR_NOT_FOUND
 */
export async function snapshotOf(status: WorkerStatus, id: string, at: string | undefined): Promise<DatedSnapshot> {
  const found = at === undefined ? await status.now(id) : await status.at(id, Date.parse(at));
  if (found !== undefined) return found;
  const when = at === undefined ? '' : ' at that time';
  throw new MonitorError(monitorErrorCodes.notFound, `There is no snapshot of worker ${JSON.stringify(id)}${when}.`);
}

/** @throws MonitorError SG_MONITOR_NOT_FOUND */
export function workerOf(progress: ProgressMonitor, id: string): WorkerView {
  const worker = progress.worker(id);
  if (worker === undefined)
    throw new MonitorError(monitorErrorCodes.notFound, `There is no worker ${JSON.stringify(id)}.`);
  return worker;
}
