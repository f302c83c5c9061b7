import type { FastifyInstance } from 'fastify';
import { authorise } from '../access/authorise.ts';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import type { HttpContext } from './server.ts';

/** Types of incidents during which a job does not move. */
const standstills: ReadonlySet<string> = new Set(['stall', 'failure', 'worker-lost']);

/** `/healthz`, `/readyz` and `/metrics`: what probes ask. */
export function healthRoutes(server: FastifyInstance, context: HttpContext): void {
  const { progress, store, metrics, health } = context;

  /** Without its store the monitor cannot do its work; without a listener or a reader it can. */
  const storeFaults = async (): Promise<string[]> => {
    const faults = new Set(context.storeFaults());
    await store.probe().catch((error: unknown) => faults.add(messageOf(error)));
    return [...faults].map((fault) => `store: ${fault}`);
  };

  server.get<{ Querystring: { job?: string } }>(
    '/healthz',
    {
      config: { action: 'health', about: 'nothing' },
      schema: { querystring: { type: 'object', properties: { job: { type: 'string' } } } },
    },
    async (request, reply) => {
      const { job } = request.query;
      if (job === undefined) {
        const faults = [...(await storeFaults()), ...health.faults(authorise(request.principal, 'read', 'everything'))];
        // A monitor without one of its plugins still does its work: starting it again would not bring the plugin back.
        const warnings = authorise(request.principal, 'read', 'everything') ? context.warnings() : [];
        return reply
          .code(faults.length === 0 ? 200 : 503)
          .send({ status: faults.length === 0 ? 'ok' : 'failing', faults, ...(warnings.length > 0 && { warnings }) });
      }
      const view = progress.job(job);
      if (view === undefined)
        throw new MonitorError(monitorErrorCodes.notFound, `There is no job ${JSON.stringify(job)}.`);
      const incidents = progress.openIncidents({ job }).filter(({ type }) => standstills.has(type));
      return reply.code(incidents.length === 0 ? 200 : 503).send({
        status: incidents.length === 0 ? 'ok' : 'standing',
        job,
        reportAgeMs: view.reportAgeMs,
        standing: incidents.length,
        // Names are for those who may read them.
        ...(authorise(request.principal, 'read', { job }) && {
          incidents: incidents.map(({ id, type, operator, worker }) => ({ id, type, operator, worker })),
        }),
      });
    },
  );

  server.get('/readyz', { config: { action: 'health', about: 'nothing' } }, async (_request, reply) => {
    const faults = await storeFaults();
    return reply
      .code(faults.length === 0 ? 200 : 503)
      .send({ status: faults.length === 0 ? 'ready' : 'failing', faults });
  });

  server.get('/metrics', { config: { action: 'read', about: 'everything' } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.prometheusText()),
  );
}
