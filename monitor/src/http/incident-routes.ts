import type { FastifyInstance } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { MonitorError, monitorErrorCodes } from '../errors.ts';
import type { Incident, IncidentFilter } from '../incident/incident.ts';
import { collapsedStacks, speedscopeProfile } from './profile.ts';
import type { HttpContext } from './server.ts';
import { maySee, visibleTo } from './visible.ts';

/** How many incidents one answer carries at most, unless asked for fewer. */
const maxIncidents = 1000;

const filterSchema = {
  type: 'object',
  properties: {
    job: { type: 'string' },
    state: { enum: ['open', 'resolved'] },
    type: { type: 'string' },
    category: { type: 'string' },
    operator: { type: 'string' },
    limit: { type: 'integer', minimum: 1, maximum: maxIncidents },
  },
} as const;

/** `/api/v1/incidents`: standstills, newest first, with their evidence. */
export function incidentRoutes(server: FastifyInstance, { progress, store }: HttpContext): void {
  const read = { config: { action: 'read', about: 'rows' } } as const;

  /** Whose incident it is is only known once it is found; to whom it is not to be shown there is none. */
  const find = async (id: string, principal: Principal): Promise<Incident> => {
    const incident = progress.openIncidents({}).find((open) => open.id === id) ?? (await store.incident(id));
    if (incident === undefined || !maySee(principal, incident))
      throw new MonitorError(monitorErrorCodes.notFound, `There is no incident ${JSON.stringify(id)}.`);
    return incident;
  };

  server.get<{ Querystring: IncidentFilter & { limit?: number } }>(
    '/api/v1/incidents',
    { ...read, schema: { querystring: filterSchema } },
    async ({ principal, query: { limit = maxIncidents, ...filter } }) => {
      // What is open is told from memory: it is there even when the store fails.
      const open = filter.state === 'resolved' ? [] : visibleTo(principal, progress).openIncidents(filter);
      // Those that are not to be seen are left out of as many as there may be, so that they take no place of others.
      const stored =
        filter.state === 'open' ? [] : await store.incidents({ ...filter, state: 'resolved' }, maxIncidents);
      const seen = stored.filter((incident) => maySee(principal, incident));
      const incidents = [...open, ...seen].sort((a, b) => b.openedAt.localeCompare(a.openedAt));
      return { incidents: incidents.slice(0, limit) };
    },
  );

  server.get<{ Params: { id: string } }>('/api/v1/incidents/:id', read, async ({ principal, params: { id } }) =>
    find(id, principal),
  );

  server.get<{ Params: { id: string }; Querystring: { format?: string } }>(
    '/api/v1/incidents/:id/profile',
    {
      ...read,
      schema: {
        querystring: { type: 'object', properties: { format: { enum: ['speedscope', 'pprof', 'collapsed'] } } },
      },
    },
    async ({ principal, params: { id }, query: { format = 'speedscope' } }, reply) => {
      const incident = await find(id, principal);
      if (format === 'pprof')
        throw new MonitorError(
          monitorErrorCodes.notImplemented,
          'Profiles are given as speedscope or collapsed by this version.',
        );
      if (format === 'collapsed') return reply.type('text/plain; charset=utf-8').send(collapsedStacks(incident));
      return speedscopeProfile(incident);
    },
  );
}
