import type { FastifyInstance } from 'fastify';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { HttpContext } from './server.ts';
import { visibleTo } from './visible.ts';

/** `/api/v1/jobs`: the dataflows the monitor knows. */
export function jobRoutes(server: FastifyInstance, { progress }: HttpContext): void {
  const read = { config: { action: 'read', about: 'job' } } as const;

  server.get('/api/v1/jobs', { config: { action: 'read', about: 'rows' } }, async ({ principal }) => ({
    jobs: visibleTo(principal, progress).jobs(),
  }));

  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job', read, async ({ params: { job } }) =>
    found(job, progress.job(job)),
  );

  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job/graph', read, async ({ params: { job } }) =>
    found(job, progress.graph(job)),
  );

  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job/availability', read, async ({ params: { job } }) => {
    found(job, progress.job(job));
    throw new MonitorError(monitorErrorCodes.notImplemented, 'Availability is not accounted by this version.');
  });
}

function found<T>(job: string, value: T | undefined): T {
  if (value === undefined)
    throw new MonitorError(monitorErrorCodes.notFound, `There is no job ${JSON.stringify(job)}.`);
  return value;
}
