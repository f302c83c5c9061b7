import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { openTokenBook } from '../../../../monitor/src/access/token-book.ts';
import { systemClock } from '../../../../monitor/src/clock.ts';
import { CommandDesk } from '../../../../monitor/src/command/command-desk.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import { MonitorError, monitorErrorCodes } from '../../../../monitor/src/errors.ts';
import { createHttpServer } from '../../../../monitor/src/http/server.ts';
import type { Incident } from '../../../../monitor/src/incident/incident.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import type { Metrics } from '../../../../monitor/src/metrics/metrics.ts';
import { workersWord } from '../../../../monitor/src/model/code-owner.ts';
import type { OperatorView, ProgressMonitor, WorkerView } from '../../../../monitor/src/progress-monitor.ts';
import { WorkerStatus } from '../../../../monitor/src/status/worker-status.ts';
import { createMemoryStore } from '../../../../monitor/src/store/memory-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';

const hostile = `<img src=x onerror=alert(1)>\u001b[31m`;
const name = encodeURIComponent(hostile);

const incident: Incident = {
  id: 'i1',
  type: 'stall',
  mechanism: 'await-pending',
  category: 'user',
  confidence: 0.9,
  state: 'open',
  severity: 'error',
  job: 'orders',
  jobs: ['orders'],
  worker: 'w1',
  operator: hostile,
  victims: [],
  summary: `${hostile} stands still`,
  help: 'look',
  rule: 'operator-stalled',
  classifier: 'await',
  reasons: [],
  labels: { runbook: hostile },
  lastProgressAt: '2026-01-01T00:00:00.000Z',
  suspectedAt: '2026-01-01T00:00:01.000Z',
  openedAt: '2026-01-01T00:00:02.000Z',
  resolvedAt: null,
  dedupKey: 'k',
  evidence: {
    location: { function: 'lookup', file: '/app/a.mjs', line: 7, column: 3 },
    samples: [
      {
        kind: 'await',
        takenAt: '2026-01-01T00:00:02.000Z',
        count: 2,
        frames: [
          { function: 'lookup', file: '/app/a.mjs', line: 7, column: 3, origin: 'user' },
          { function: 'main', file: '/app/b;c.mjs', line: 9, column: 1, origin: 'user' },
        ],
      },
    ],
    resources: [],
    connections: [],
    pools: [],
    loop: {},
    gc: {},
    cpu: {},
    missing: [],
  },
};

const worker: WorkerView = {
  worker: hostile,
  job: 'orders',
  jobs: ['orders'],
  state: 'connected',
  session: 's',
  pid: 1,
  host: 'h',
  runtimeVersion: 'v24',
  agentVersion: '0',
  connectedAt: null,
  reportAgeMs: 10,
  loop: null,
  drops: { reports: 3, events: 0 },
  clockSpreadMs: null,
  capabilities: ['cpu-sample', 'set-interval'],
  tasks: [],
  capacity: null,
  operators: [],
};

let server: FastifyInstance | undefined;
let closeAccess = (): void => {};
let ailments: readonly string[] = [];
/** How often the worker was asked for its status. */
let asked = 0;
let lines: string[] = [];
afterEach(async () => {
  ailments = [];
  await server?.close();
  closeAccess();
});

/** A server over a real memory store and a core that holds one job, one worker and one open incident. */
async function serve(
  settings: Parameters<typeof resolveConfig>[0] = {},
  change: (store: Store) => void = () => {},
  workers: readonly WorkerView[] = [worker],
): Promise<FastifyInstance> {
  asked = 0;
  lines = [];
  const store = createMemoryStore({ clock: systemClock });
  await store.open();
  change(store);
  const progress = {
    jobs: () => [{ job: 'orders', state: 'running', reportAgeMs: 10 }],
    job: (name: string) => (name === 'orders' ? { job: 'orders', state: 'running', reportAgeMs: 10 } : undefined),
    graph: (name: string) =>
      name === 'orders'
        ? {
            job: 'orders',
            at: 'now',
            reportAgeMs: 10,
            channels: [],
            omitted: { edges: 0, channels: 0 },
            *parts() {
              for (const { operators } of workers) yield { operators, edges: [{ id: 'e' }] };
            },
          }
        : undefined,
    workers: () => workers,
    worker: (name: string) => (name === hostile ? worker : undefined),
    openIncidents: () => [incident],
    sample: async (_: string, { operator }: { readonly operator?: string }) => {
      if (operator === 'popular') throw new MonitorError(monitorErrorCodes.tooMany, 'Too many wait already.');
      if (operator !== undefined) throw new MonitorError(monitorErrorCodes.notFound, 'There is no such operator.');
      throw new Error('the worker did not answer within 5 s');
    },
  } as unknown as ProgressMonitor;
  const status = new WorkerStatus({
    progress,
    store,
    unixMs: systemClock.unixMs,
    desk: {
      ask: async () => {
        asked += 1;
        return {
          takenAt: '2026-01-01T00:00:00.000Z',
          partial: true,
          sections: {
            [`threads${hostile}`]: { version: 1, body: { [hostile]: { state: hostile }, list: [{ key: hostile }, 1] } },
            memory: { version: 1, body: { residentBytes: 50 * 2 ** 20, heldMs: 12.5, oldMs: 90_000, none: [] } },
          },
          missing: [`gc: everything, because of ${hostile}`],
        };
      },
    },
  });
  const config = resolveConfig(settings);
  const access = await openTokenBook({ config, clock: systemClock, log: silentLogger, onRefused: () => {} });
  closeAccess = () => access.close();
  server = createHttpServer({
    config,
    access,
    progress,
    store,
    status,
    metrics: { prometheusText: async () => '# HELP x y\n' } as Metrics,
    commands: new CommandDesk({
      send: () => false,
      store,
      clock: systemClock,
      log: silentLogger,
      newId: () => 'c1',
      count: () => {},
    }),
    logger: { ...silentLogger, info: (line) => lines.push(line) },
    clock: systemClock,
    version: '1.2.3',
    storeFaults: () => [],
    health: { faults: () => ailments },
    onSlowReader: () => {},
    warnings: () => ['classifier quota is not asked: it could not be loaded'],
    codeOwner: workersWord,
  });
  return server;
}

const get = async (instance: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
  instance.inject({ url, headers: { host: '127.0.0.1:4680', ...headers } });

const routes = [
  '/metrics',
  '/statusz',
  '/threadz',
  '/heapz',
  '/sdk_status',
  '/',
  '/api/v1/jobs',
  '/api/v1/jobs/orders',
  '/api/v1/jobs/orders/graph',
  '/api/v1/jobs/orders/availability',
  '/api/v1/workers',
  '/api/v1/workers/w',
  '/api/v1/workers/w/status',
  '/api/v1/incidents',
  '/api/v1/incidents/i1',
  '/api/v1/incidents/i1/profile',
  '/api/v1/events',
  '/api/v1/nothing-here',
];

describe('access', () => {
  it('asks for the token on every route but the probes', async () => {
    const instance = await serve({ token: 'a-token-of-16-chars' });
    for (const url of routes) expect([url, (await get(instance, url)).statusCode]).toEqual([url, 401]);
    for (const url of ['/healthz', '/readyz']) expect([url, (await get(instance, url)).statusCode]).toEqual([url, 200]);
  });

  it('takes the token as bearer and as the password of a browser', async () => {
    const instance = await serve({ token: 'a-token-of-16-chars' });
    const basic = `Basic ${Buffer.from('me:a-token-of-16-chars').toString('base64')}`;
    for (const authorization of ['Bearer a-token-of-16-chars', basic])
      expect((await get(instance, '/api/v1/jobs', { authorization })).statusCode).toBe(200);
    for (const authorization of ['Bearer a-token-of-16-charz', 'Bearer', 'Basic AAAA', 'Bearer a-token-of-16-chars x'])
      expect((await get(instance, '/api/v1/jobs', { authorization })).statusCode).toBe(401);
  });

  it('refuses what a page of another site loads without an Origin, and lets its links through', async () => {
    const instance = await serve();
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const statuses = async (headers: Record<string, string>) =>
      Promise.all(['/', '/threadz'].map(async (url) => (await get(instance, url, headers)).statusCode));
    expect(await statuses(image)).toEqual([403, 403]);
    expect(await statuses({ ...link, 'sec-fetch-dest': 'iframe' })).toEqual([403, 403]);
    expect(await statuses(link), 'a sample pauses the worker').toEqual([200, 403]);
    expect(await statuses({ ...link, 'sec-fetch-site': 'none' })).toEqual([200, 200]);
  });

  it('refuses pages of other origins and names that were rebound to this address', async () => {
    const instance = await serve();
    expect((await get(instance, '/api/v1/jobs', { origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await get(instance, '/api/v1/jobs', { origin: 'null' })).statusCode).toBe(403);
    expect((await get(instance, '/api/v1/jobs', { host: 'evil.example' })).statusCode).toBe(403);
    expect((await get(instance, '/api/v1/jobs', { host: '127.0.0.1.evil.example' })).statusCode).toBe(403);
    expect((await get(instance, '/api/v1/jobs', { origin: 'http://127.0.0.1:4680' })).statusCode).toBe(200);
    expect((await get(instance, '/api/v1/jobs', { host: '[::1]:4680' })).statusCode).toBe(200);
    expect((await get(instance, '/api/v1/jobs', { host: 'localhost' })).statusCode).toBe(200);
  });

  it('protects every answer against framing, sniffing and caching', async () => {
    const { headers } = await get(await serve(), '/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('script');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });
});

it('the graph of a job is all of its parts as one', async () => {
  const operator = { id: 'o' } as OperatorView;
  const instance = await serve({}, undefined, [{ ...worker, operators: [operator, operator] }, worker]);
  expect((await get(instance, '/api/v1/jobs/orders/graph')).json()).toEqual({
    job: 'orders',
    at: 'now',
    reportAgeMs: 10,
    operators: [operator, operator],
    edges: [{ id: 'e' }, { id: 'e' }],
    channels: [],
    omitted: { edges: 0, channels: 0 },
  });
});

it.each(['/', '/api/v1/workers', '/api/v1/jobs/orders/graph', '/statusz', '/sdk_status'])(
  '%s lets others have their turn between workers',
  async (path) => {
    const slow = {
      ...worker,
      get operators() {
        const untilMs = performance.now() + 6;
        while (performance.now() < untilMs);
        return worker.operators;
      },
    };
    const instance = await serve({}, undefined, [slow, slow, slow, slow, slow]);
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 0);
    const { statusCode } = await get(instance, path);
    clearInterval(turn);
    expect(statusCode).toBe(200);
    expect(turns).toBeGreaterThanOrEqual(4);
  },
);

describe('a look into a worker', () => {
  it('is in the log, with the name of the token and where it came from, and one that was refused is not', async () => {
    const tokens = (['operator', 'reader'] as const).map((role) => ({ name: role, role, token: role.padEnd(16, '.') }));
    const instance = await serve({ tokens });
    const as = (name: string) => ({ authorization: `Bearer ${name.padEnd(16, '.')}` });
    await get(instance, '/threadz', as('reader'));
    await get(instance, '/api/v1/workers', as('operator'));
    expect(lines).toEqual([]);
    await get(instance, `/threadz?worker=${encodeURIComponent(hostile)}`, as('operator'));
    await get(instance, '/threadz', as('operator'));
    expect(lines).toEqual([
      `operator at 127.0.0.1 looks into worker ${JSON.stringify(hostile)}.`,
      'operator at 127.0.0.1 looks into all workers.',
    ]);
  });
});

describe('a reader of some jobs', () => {
  const tokens = (['orders', 'bills'] as const).map((job) => ({
    name: job,
    role: 'reader' as const,
    token: job.padEnd(16, '.'),
    jobs: [job],
  }));
  const as = (name: string) => ({ authorization: `Bearer ${name.padEnd(16, '.')}` });

  it('finds the incidents of its jobs, and of others neither in the list nor by their id', async () => {
    const instance = await serve({ tokens });
    const found = async (name: string) => [
      (await get(instance, '/api/v1/incidents', as(name))).json().incidents.length,
      (await get(instance, '/api/v1/incidents/i1', as(name))).statusCode,
      (await get(instance, '/api/v1/incidents/i1/profile', as(name))).statusCode,
      (await get(instance, '/', as(name))).body.includes('onerror'),
    ];
    expect(await found('orders')).toEqual([1, 200, 200, true]);
    expect(await found('bills')).toEqual([0, 404, 404, false]);
  });

  it('reads the status of a worker of its jobs, live or gone; one of another job is not even asked', async () => {
    let stored: Promise<void> | undefined;
    const instance = await serve({ tokens }, (store) => {
      stored = store.saveSnapshot('gone', 'orders', Date.UTC(2026, 0, 1), { ...worker, worker: 'gone', state: 'lost' });
    });
    await stored;
    const name = encodeURIComponent(hostile);
    const paths = ['gone', name].flatMap((id) => [`/api/v1/workers/${id}/status`, `/sdk_status?id=${id}`]);
    const statuses = async (reader: string) =>
      Promise.all(paths.map(async (path) => (await get(instance, path, as(reader))).statusCode));
    expect(await statuses('bills')).toEqual([403, 403, 403, 403]);
    expect(asked).toBe(0);
    expect(await statuses('orders')).toEqual([200, 200, 200, 200]);
    expect((await get(instance, '/api/v1/workers/unknown/status', as('orders'))).statusCode).toBe(403);
  });
});

describe('health', () => {
  it('is red for the job that stands, green for the monitor itself', async () => {
    const instance = await serve();
    expect((await get(instance, '/healthz')).statusCode).toBe(200);
    const job = await get(instance, '/healthz?job=orders');
    expect(job.statusCode).toBe(503);
    expect(job.json().incidents).toHaveLength(1);
    expect((await get(instance, '/healthz?job=unknown')).statusCode).toBe(404);
  });

  it('tells a stranger that a job stands, and no names', async () => {
    const instance = await serve({ token: 'a-token-of-16-chars' });
    const stranger = await get(instance, '/healthz?job=orders');
    expect(stranger.statusCode).toBe(503);
    expect(stranger.json()).toMatchObject({ status: 'standing', standing: 1 });
    expect(stranger.json().incidents).toBeUndefined();
    const known = await get(instance, '/healthz?job=orders', { authorization: 'Bearer a-token-of-16-chars' });
    expect(known.json().incidents).toHaveLength(1);
  });

  it('stays green when a plugin is missing, and says so to those who may read', async () => {
    const instance = await serve({ token: 'a-token-of-16-chars' });
    const stranger = await get(instance, '/healthz');
    expect([stranger.statusCode, stranger.json()]).toEqual([200, { status: 'ok', faults: [] }]);
    const known = await get(instance, '/healthz', { authorization: 'Bearer a-token-of-16-chars' });
    expect([known.statusCode, known.json().warnings]).toEqual([
      200,
      ['classifier quota is not asked: it could not be loaded'],
    ]);
  });

  it('is red with the reason when the store cannot be written', async () => {
    const instance = await serve({}, (store) => {
      store.probe = async () => {
        throw new MonitorError(monitorErrorCodes.storeFull, 'the disk is full');
      };
    });
    const answer = await get(instance, '/healthz');
    expect(answer.statusCode).toBe(503);
    expect(answer.json().faults).toEqual(['store: the disk is full']);
    expect((await get(instance, '/readyz')).statusCode).toBe(503);
  });

  it('is red with the reason when a part of it is amiss, and ready all the same', async () => {
    const instance = await serve();
    ailments = ['metrics are not exported: no route'];
    const answer = await get(instance, '/healthz');
    expect([answer.statusCode, answer.json().faults]).toEqual([503, ['metrics are not exported: no route']]);
    expect((await get(instance, '/readyz')).statusCode).toBe(200);
    expect((await get(instance, '/statusz')).body).toContain('  metrics are not exported: no route\n');
  });
});

describe('the event feed', () => {
  it('says 204 when there is nothing and 400 on numbers that are none', async () => {
    const instance = await serve();
    expect((await get(instance, '/api/v1/events')).statusCode).toBe(204);
    for (const query of ['start_offset=-1', 'start_offset=x', 'batch_size=0', 'batch_size=1.5', 'batch_size=100000']) {
      const answer = await get(instance, `/api/v1/events?${query}`);
      expect([query, answer.statusCode]).toEqual([query, 400]);
      expect(answer.json().error.message).toContain(query.split('=')[0]);
    }
  });

  it('gives the entries from the offset on and where to go on', async () => {
    const instance = await serve({}, (store) => {
      for (const event of ['incident.opened', 'incident.updated', 'incident.resolved'] as const)
        void store.saveIncident(event, incident);
    });
    const answer = (await get(instance, '/api/v1/events?start_offset=1&batch_size=1')).json();
    expect(answer.events).toHaveLength(1);
    expect(answer.events[0]).toMatchObject({ offset: 1, topic: 'incidents', worker: 'w1' });
    expect(answer.next_offset).toBe(2);
  });
});

describe('names from workers', () => {
  it('stay text in the page', async () => {
    const { body, headers } = await get(await serve(), '/');
    expect(headers['content-type']).toContain('text/html');
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(body).toContain('<b>runbook</b> &lt;img src');
    expect(body).not.toContain('<img');
  });

  it.each([
    '/sdk_status',
    `/sdk_status?id=${name}`,
    `/threadz?worker=${name}`,
    `/heapz?worker=${name}`,
    '/heapz',
    '/statusz',
  ])('do not move the cursor of a terminal, and stay text in a page: %s', async (url) => {
    const instance = await serve();
    const plain = await get(instance, url);
    expect([plain.statusCode, plain.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(plain.body).toContain('WORKER <img');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(plain.body).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    const shown = await get(instance, url, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(shown.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(shown.body).toContain('WORKER &lt;img');
    expect(shown.body).not.toMatch(/<img|http-equiv/);
  });

  it('find their worker when they are encoded in the path', async () => {
    const instance = await serve();
    const answer = await get(instance, `/api/v1/workers/${encodeURIComponent(hostile)}`);
    expect(answer.statusCode).toBe(200);
  });
});

describe('pages about workers', () => {
  const seen = `/sdk_status?id=${name}`;

  it('show every worker in one line, and one with all it tells, each value in its unit', async () => {
    const instance = await serve();
    expect((await get(instance, '/sdk_status')).body).toMatch(
      /^WORKER .* connected, report 10 ms old, .*lost 3 reports\n$/,
    );
    const { body } = await get(instance, seen);
    expect(body).toContain('3 reports');
    expect(body).toContain("taken 2026-01-01T00:00:00.000Z by the worker's clock, PARTIAL");
    expect(body).toMatch(/residentBytes +50\.0 MiB/);
    expect(body).toMatch(/heldMs +12\.5 ms/);
    expect(body).toMatch(/oldMs +90 s/);
    expect(body).toMatch(/missing gc: everything/);
  });

  it('say what is missing when no stacks can be had', async () => {
    expect((await get(await serve(), `/threadz?worker=${name}`)).body).toContain(
      'missing stacks: the worker did not answer',
    );
  });

  it('show a worker as it was, when it is gone as well', async () => {
    let stored: Promise<void> | undefined;
    const instance = await serve({}, (store) => {
      stored = store.saveSnapshot('gone', 'orders', Date.UTC(2026, 0, 1), { ...worker, worker: 'gone', state: 'lost' });
    });
    await stored;
    for (const url of ['/sdk_status?id=gone', '/sdk_status?id=gone&at=2026-01-01T00:00:01Z'])
      expect((await get(instance, url)).body).toMatch(/^at 2026-01-01T00:00:00.000Z\nWORKER gone[\s\S]*state lost/);
    const json = (await get(instance, '/api/v1/workers/gone/status')).json();
    expect(json).toMatchObject({ snapshot: { state: 'lost', status: { takenAt: null, sections: {} } } });
    expect((await get(instance, '/sdk_status?id=gone&at=2025-01-01T00:00:01Z')).statusCode).toBe(404);
    expect((await get(instance, '/sdk_status?id=gone&at=yesterday')).statusCode).toBe(400);
    expect((await get(instance, '/api/v1/workers/nobody/status')).statusCode).toBe(404);
  });

  it('are text for whoever does not want HTML', async () => {
    const instance = await serve();
    for (const accept of ['*/*', 'text/plain', 'application/json', 'text/html;q=0', ''])
      expect((await get(instance, seen, { accept })).headers['content-type']).toContain('text/plain');
  });
});

describe('errors', () => {
  it('name what is missing in one JSON form', async () => {
    const instance = await serve();
    for (const [url, status, code] of [
      ['/nothing', 404, 'SG_MONITOR_NOT_FOUND'],
      ['/api/v1/jobs/none', 404, 'SG_MONITOR_NOT_FOUND'],
      ['/api/v1/workers/none', 404, 'SG_MONITOR_NOT_FOUND'],
      ['/api/v1/incidents/none', 404, 'SG_MONITOR_NOT_FOUND'],
      ['/api/v1/incidents?state=shut', 400, 'SG_MONITOR_BAD_REQUEST'],
      ['/api/v1/jobs/orders/availability', 501, 'SG_MONITOR_NOT_IMPLEMENTED'],
      ['/%', 400, 'SG_MONITOR_BAD_REQUEST'],
    ] as const) {
      const answer = await get(instance, url);
      expect([url, answer.statusCode, answer.json().error.code]).toEqual([url, status, code]);
    }
  });

  it('say which values there are', async () => {
    const instance = await serve();
    const message = async (url: string): Promise<string> => (await get(instance, url)).json().error.message;
    expect(await message('/api/v1/incidents?state=shut')).toMatch(/allowed values: open, resolved\.$/);
    expect(await message('/sdk_status?id=w1&at=yesterday')).toMatch(/"date-time", such as 2026-01-02T03:04:05Z\.$/);
    expect(await message('/sdk_status?id=w1')).toBe('There is no worker "w1", and no snapshot of one.');
  });

  it('refuse a sample that is not asked for properly, and say whether the worker or the caller is at fault', async () => {
    const instance = await serve();
    const post = async (payload: object) =>
      instance.inject({
        method: 'POST',
        url: `/api/v1/workers/${encodeURIComponent(hostile)}/samples`,
        headers: { host: 'localhost' },
        payload,
      });
    expect((await post({ kind: 'heap' })).statusCode).toBe(400);
    expect((await post({ kind: 'cpu', durationMs: 1e9 })).statusCode).toBe(400);
    const answer = await post({ kind: 'both' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json().error.message).toContain('did not answer');
    expect((await post({ kind: 'cpu', operator: 'nobody' })).statusCode).toBe(404);
    expect((await post({ kind: 'cpu', operator: 'popular' })).statusCode).toBe(429);
  });

  it('refuse a command that the worker does not allow, that is none, or that comes from a page, and write it down', async () => {
    const instance = await serve();
    const post = async (payload: object, headers: Record<string, string> = {}) =>
      instance.inject({
        method: 'POST',
        url: `/api/v1/workers/${encodeURIComponent(hostile)}/commands`,
        headers: { host: 'localhost', ...headers },
        payload,
      });
    const answer = await post({ command: 'exit' });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().error.message).toContain('STREAMGAUGE_ALLOW_COMMANDS');
    const { events } = (await get(instance, '/api/v1/events')).json();
    expect(events).toMatchObject([
      {
        topic: 'commands',
        job: 'orders',
        worker: hostile,
        payload: { event: 'command.refused', command: 'exit', outcome: 'not-allowed', from: 'anybody at 127.0.0.1' },
      },
    ]);
    expect((await post({ command: 'eval', code: '1' })).statusCode).toBe(400);
    expect((await post({ command: 'set-interval' })).statusCode).toBe(400);
    expect((await post({ command: 'set-interval', reportIntervalMs: 1 })).statusCode).toBe(400);
    expect((await post({ command: 'exit', reportIntervalMs: 500 })).statusCode).toBe(400);
    const page = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await post({ command: 'set-interval', reportIntervalMs: 500 }, page)).statusCode).toBe(403);
    const cut = await post({ command: 'set-interval', reportIntervalMs: 500 });
    expect(cut.statusCode).toBe(503);
  });
});

describe('profiles', () => {
  it('are given as collapsed stacks and as a speedscope file', async () => {
    const instance = await serve();
    const collapsed = await get(instance, '/api/v1/incidents/i1/profile?format=collapsed');
    expect(collapsed.body).toBe('main /app/b,c.mjs:9:1;lookup /app/a.mjs:7:3 2\n');
    const speedscope = (await get(instance, '/api/v1/incidents/i1/profile')).json();
    expect(speedscope.profiles[0]).toMatchObject({ type: 'sampled', samples: [[0, 1]], weights: [2], endValue: 2 });
    expect(speedscope.shared.frames[1]).toMatchObject({ name: 'lookup', line: 7 });
  });
});
