import type { FastifyInstance } from 'fastify';
import { MonitorError, messageOf, monitorErrorCodes } from '../errors.ts';
import { overviewPage } from './overview.ts';
import { sampleView } from './sample-view.ts';
import type { HttpContext } from './server.ts';
import { sampleText, workerText } from './status-text.ts';
import { workerOf } from './worker-routes.ts';

/** How long `/threadz` waits for the worker. */
const threadTimeoutMs = 5000;
/** Resolved incidents the overview shows. */
const recentIncidents = 20;

/** Pages for people: `/`, `/statusz`, `/sdk_status`, `/threadz`, `/heapz`. */
export function pageRoutes(server: FastifyInstance, context: HttpContext): void {
  const { progress, store, clock, config, version } = context;
  const read = { config: { action: 'read' as const } };
  const startedMs = clock.monotonicMs();
  const now = (): string => new Date(clock.unixMs()).toISOString();

  server.get('/', read, async (_request, reply) => {
    const recent = await store.incidents({ state: 'resolved' }, recentIncidents).catch(() => []);
    return reply.type('text/html; charset=utf-8').send(overviewPage(progress, recent, now()));
  });

  server.get('/statusz', read, async (_request, reply) => {
    const faults = context.faults();
    const warnings = context.warnings();
    const { token, ...shown } = config;
    const lines = [
      `streamgauge monitor ${version}, up ${Math.round((clock.monotonicMs() - startedMs) / 1000)} s, at ${now()}`,
      `runtime ${process.version}, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
      `faults ${faults.length === 0 ? 'none' : ''}`,
      ...faults.map((fault) => `  ${fault}`),
      ...(warnings.length === 0 ? [] : ['warnings', ...warnings.map((warning) => `  ${warning}`)]),
      'settings',
      ...Object.entries({ ...shown, token: token === undefined ? 'none' : 'set' }).map(
        ([name, value]) => `  ${name} ${masked(name, value)}`,
      ),
      '',
      ...progress.workers().map(workerText),
    ];
    return reply.type('text/plain; charset=utf-8').send(neutral(lines.join('\n')));
  });

  server.get<{ Querystring: { id?: string } }>('/sdk_status', read, async ({ query: { id } }, reply) => {
    const workers = id === undefined ? progress.workers() : [workerOf(progress, id)];
    const text = workers.length === 0 ? 'No worker is known.\n' : workers.map(workerText).join('\n');
    return reply.type('text/plain; charset=utf-8').send(neutral(text));
  });

  server.get<{ Querystring: { worker?: string } }>(
    '/threadz',
    { config: { action: 'sample' } },
    async ({ query: { worker } }, reply) => {
      const names = worker === undefined ? connected(context) : [workerOf(progress, worker).worker];
      const texts = await Promise.all(
        names.map(async (name) => {
          const text = await progress
            .sample(name, { kinds: ['cpu', 'await'], durationMs: 0 }, threadTimeoutMs)
            .then((event) => sampleText(sampleView(event, context.codeOwner)))
            .catch((error: unknown) => `missing ${messageOf(error)}\n`);
          return `WORKER ${name}\n${text}`;
        }),
      );
      return reply.type('text/plain; charset=utf-8').send(neutral(texts.join('\n') || 'No worker is connected.\n'));
    },
  );

  server.get('/heapz', read, async () => {
    throw new MonitorError(monitorErrorCodes.notImplemented, 'Heap figures are not collected by this version.');
  });
}

function connected({ progress }: HttpContext): string[] {
  return progress
    .workers()
    .filter(({ state }) => state === 'connected')
    .map(({ worker }) => worker);
}

/** Addresses of webhooks can carry secrets in their path; plugins are told by name. */
function masked(name: string, value: unknown): string {
  if (name === 'webhooks' && Array.isArray(value))
    return JSON.stringify(value.map(({ url }: { url: string }) => `${new URL(url).origin}/...`));
  if (/^(?:listeners|classifiers|failureClassifiers)$/.test(name) && Array.isArray(value))
    return JSON.stringify(
      value.map((plugin: { name: string } | string) => (typeof plugin === 'string' ? plugin : plugin.name)),
    );
  return JSON.stringify(value) ?? '';
}

/** Names from workers must not move the cursor of the terminal that shows them. */
function neutral(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
