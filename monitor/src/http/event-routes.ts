import type { FastifyInstance } from 'fastify';
import type { IncidentEvent } from '../incident/incident.ts';
import type { LogEntry } from '../store/store.ts';
import type { HttpContext } from './server.ts';
import { maySee } from './visible.ts';

/** What an entry concerns: of an incident every job that stands because of it, of all else that of its worker. */
function jobsOf({ topic, job, payload }: LogEntry): readonly string[] {
  const jobs = topic === 'incidents' ? (payload as Partial<IncidentEvent> | null)?.incident?.jobs : undefined;
  return Array.isArray(jobs) ? jobs : [job];
}

/** `/api/v1/events`: the event log for readers outside, who keep the offset they have read to. */
export function eventRoutes(server: FastifyInstance, { store }: HttpContext): void {
  server.get<{ Querystring: { start_offset?: number; batch_size?: number } }>(
    '/api/v1/events',
    {
      config: { action: 'read', about: 'rows' },
      schema: {
        querystring: {
          type: 'object',
          properties: {
            start_offset: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
            batch_size: { type: 'integer', minimum: 1, maximum: 1000 },
          },
        },
      },
    },
    async ({ principal, query: { start_offset: startOffset = 0, batch_size: batchSize = 100 } }, reply) => {
      const events = await store.readLog(startOffset, batchSize);
      const last = events.at(-1);
      if (last === undefined) return reply.code(204).send();
      // A reader of some jobs goes on behind the entries of others as well.
      return {
        events: events.filter((event) => maySee(principal, { ...event, jobs: jobsOf(event) })),
        next_offset: last.offset + 1,
      };
    },
  );
}
