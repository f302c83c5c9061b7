import type { FastifyInstance } from 'fastify';
import { messageOf } from '../errors.ts';
import type { DatedSnapshot } from '../status/worker-status.ts';
import { mapInTurns } from '../turns.ts';
import { overviewPage } from './overview.ts';
import { sampleView } from './sample-view.ts';
import { bytesText, statusSectionsText } from './section-text.ts';
import type { HttpContext } from './server.ts';
import { heapLine, sampleText, workerLine, workerText } from './status-text.ts';
import { sendText } from './text-page.ts';
import { type Lists, maySee, visibleTo } from './visible.ts';
import { visibleSnapshot, workerOf } from './worker-routes.ts';

/** How long `/threadz` waits for the worker. */
const threadTimeoutMs = 5000;
/** Resolved incidents the overview shows. */
const recentIncidents = 20;
/** Workers whose threads one page asks for: each is stopped for a moment. */
const maxSampled = 20;

const atSchema = { querystring: { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } } };

/** Pages for people: `/`, `/statusz`, `/sdk_status`, `/threadz`, `/heapz`. */
export function pageRoutes(server: FastifyInstance, context: HttpContext): void {
  const { progress, store, status, clock, config, version } = context;
  const rows = { config: { action: 'read', about: 'rows' } } as const;
  const startedMs = clock.monotonicMs();
  const now = (): string => new Date(clock.unixMs()).toISOString();

  server.get('/', rows, async ({ principal }, reply) => {
    const stored = await store.incidents({ state: 'resolved' }, recentIncidents).catch(() => []);
    const recent = stored.filter((incident) => maySee(principal, incident));
    const text = await overviewPage(visibleTo(principal, progress), recent, now());
    return reply.type('text/html; charset=utf-8').send(text);
  });

  server.get('/statusz', { config: { action: 'read', about: 'everything' } }, async (request, reply) => {
    const faults = [...context.storeFaults().map((fault) => `store: ${fault}`), ...context.health.faults(true)];
    const warnings = context.warnings();
    const lines = [
      `streamgauge monitor ${version}, up ${Math.round((clock.monotonicMs() - startedMs) / 1000)} s, at ${now()}`,
      `runtime ${process.version}, ${bytesText(process.memoryUsage.rss())}`,
      `faults ${faults.length === 0 ? 'none' : ''}`,
      ...faults.map((fault) => `  ${fault}`),
      ...(warnings.length === 0 ? [] : ['warnings', ...warnings.map((warning) => `  ${warning}`)]),
      'settings',
      ...Object.entries({ token: undefined, ...config }).map(([name, value]) => `  ${name} ${masked(name, value)}`),
      '',
      ...(await mapInTurns(progress.workers(), workerLine)),
      '',
    ];
    return sendText(request, reply, 'streamgauge monitor', lines.join('\n'));
  });

  server.get<{ Querystring: { id?: string; at?: string } }>(
    '/sdk_status',
    { ...rows, schema: atSchema },
    async (request, reply) => {
      const { id, at } = request.query;
      if (id === undefined) {
        const lines = await mapInTurns(visibleTo(request.principal, progress).workers(), workerLine);
        const text = lines.length === 0 ? 'No worker is known.\n' : `${lines.join('\n')}\n`;
        return sendText(request, reply, 'Workers', text);
      }
      const dated = await visibleSnapshot(request.principal, context, id, at);
      return sendText(request, reply, `Worker ${id}`, snapshotText(dated));
    },
  );

  server.get<{ Querystring: { worker?: string } }>(
    '/threadz',
    { config: { action: 'sample', about: 'worker' } },
    async (request, reply) => {
      const { worker } = request.query;
      const seen = visibleTo(request.principal, progress);
      const names = worker === undefined ? connected(seen) : [workerOf(progress, worker).worker];
      const texts = await Promise.all(names.slice(0, maxSampled).map((name) => threadsText(context, name)));
      if (names.length > maxSampled)
        texts.push(`${names.length - maxSampled} more are not asked: name one by ?worker=\n`);
      return sendText(request, reply, 'Threads', texts.join('\n') || 'No worker is connected.\n');
    },
  );

  const aboutWorker = { config: { action: 'read', about: 'worker' } } as const;
  server.get<{ Querystring: { worker?: string } }>('/heapz', aboutWorker, async (request, reply) => {
    const { worker } = request.query;
    if (worker === undefined) {
      const own = Object.entries(process.memoryUsage()).map(
        ([name, bytes]) => `  ${name.padEnd(22)} ${bytesText(bytes)}`,
      );
      const lines = ['MONITOR', ...own, '', ...visibleTo(request.principal, progress).workers().map(heapLine), ''];
      return sendText(request, reply, 'Heaps', lines.join('\n'));
    }
    const view = workerOf(progress, worker);
    const told = await status.ask(view.worker, ['memory', 'gc']);
    return sendText(request, reply, `Heap of ${worker}`, [heapLine(view), statusSectionsText(told)].join('\n'));
  });
}

function connected(lists: Lists): string[] {
  return lists
    .workers()
    .filter(({ state }) => state === 'connected')
    .map(({ worker }) => worker);
}

function snapshotText({ at, snapshot }: DatedSnapshot): string {
  return `at ${at}\n${workerText(snapshot)}\n${statusSectionsText(snapshot.status)}`;
}

/** What the threads of a worker are, and what its code is doing and waiting for. */
async function threadsText({ progress, status, codeOwner }: HttpContext, worker: string): Promise<string> {
  const [told, stacks] = await Promise.all([
    status.ask(worker, ['threads', 'in-flight']),
    progress
      .sample(worker, { kinds: ['cpu', 'await'], durationMs: 0 }, threadTimeoutMs)
      .then((event) => sampleText(sampleView(event, codeOwner)))
      .catch((error: unknown) => `missing stacks: ${messageOf(error)}\n`),
  ]);
  return `WORKER ${worker}\n${statusSectionsText(told)}${stacks}`;
}

/** Tokens are secrets, and addresses of webhooks can carry some in their path; plugins are told by name. */
function masked(name: string, value: unknown): string {
  if (name === 'token') return value === undefined ? 'none' : 'set';
  if (name === 'tokens' && Array.isArray(value))
    return JSON.stringify(value.map(({ token, ...rest }) => (token === undefined ? rest : { ...rest, token: 'set' })));
  if (name === 'webhooks' && Array.isArray(value))
    return JSON.stringify(value.map(({ url }: { url: string }) => `${new URL(url).origin}/...`));
  if (/^(?:listeners|classifiers|failureClassifiers)$/.test(name) && Array.isArray(value))
    return JSON.stringify(
      value.map((plugin: { name: string } | string) => (typeof plugin === 'string' ? plugin : plugin.name)),
    );
  return JSON.stringify(value) ?? '';
}
