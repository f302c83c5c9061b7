import type { FastifyInstance } from 'fastify';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { GraphInParts } from '../progress-monitor.ts';
import { Turns } from '../turns.ts';
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

  // Of thousands of workers it is tens of megabytes: others have their turn while it is written.
  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job/graph', read, async ({ params: { job } }, reply) => {
    const text = await graphText(found(job, progress.graph(job)));
    return reply.type('application/json; charset=utf-8').send(text);
  });

  server.get<{ Params: { job: string } }>('/api/v1/jobs/:job/availability', read, async ({ params: { job } }) => {
    found(job, progress.job(job));
    throw new MonitorError(monitorErrorCodes.notImplemented, 'Availability is not accounted by this version.');
  });
}

/** A GraphView as JSON, written in turns. */
async function graphText(graph: GraphInParts): Promise<string> {
  const operators: string[] = [];
  const edges: string[] = [];
  const turns = new Turns();
  for (const part of graph.parts()) {
    for (const operator of part.operators) operators.push(JSON.stringify(operator));
    for (const edge of part.edges) edges.push(JSON.stringify(edge));
    await turns.pause();
  }
  const { job, at, reportAgeMs, channels, omitted } = graph;
  const head = JSON.stringify({ job, at, reportAgeMs }).slice(0, -1);
  const tail = JSON.stringify({ channels, omitted }).slice(1);
  return `${head},"operators":[${operators.join(',')}],"edges":[${edges.join(',')}],${tail}`;
}

function found<T>(job: string, value: T | undefined): T {
  if (value === undefined)
    throw new MonitorError(monitorErrorCodes.notFound, `There is no job ${JSON.stringify(job)}.`);
  return value;
}
