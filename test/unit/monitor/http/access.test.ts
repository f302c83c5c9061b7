import { type Monitor, startMonitor } from '@streamgauge/monitor';
import { create, EventSchema, FailureSchema, Topic, WorkerMessageSchema } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { type Action, rights } from '../../../../monitor/src/access/authorise.ts';
import { type Role, roles } from '../../../../monitor/src/access/principal.ts';
import { resolveConfig } from '../../../../monitor/src/config/resolve.ts';
import { createHttpServer, type HttpContext } from '../../../../monitor/src/http/server.ts';
import { messageActions } from '../../../../monitor/src/link/message-actions.ts';
import { silentLogger } from '../../../../monitor/src/log.ts';
import { eventually } from '../../../support/eventually.ts';
import { HandMadeWorker } from '../../../support/hand-made-worker.ts';
import { whenFinished } from '../../../support/test-end.ts';

/** Every route, and what its caller must be allowed to do. A route that is added does not pass before it stands here. */
const actions: Readonly<Record<string, Action>> = {
  'GET /': 'read',
  'GET /healthz': 'health',
  'GET /readyz': 'health',
  'GET /metrics': 'read',
  'GET /statusz': 'read',
  'GET /sdk_status': 'read',
  'GET /threadz': 'sample',
  'GET /heapz': 'read',
  'GET /api/v1/jobs': 'read',
  'GET /api/v1/jobs/:job': 'read',
  'GET /api/v1/jobs/:job/graph': 'read',
  'GET /api/v1/jobs/:job/availability': 'read',
  'GET /api/v1/workers': 'read',
  'GET /api/v1/workers/:id': 'read',
  'GET /api/v1/workers/:id/status': 'read',
  'POST /api/v1/workers/:id/samples': 'sample',
  'POST /api/v1/workers/:id/commands': 'command',
  'GET /api/v1/incidents': 'read',
  'GET /api/v1/incidents/:id': 'read',
  'GET /api/v1/incidents/:id/profile': 'read',
  'GET /api/v1/events': 'read',
};

/** The routes as the server prints them: a tree, a part of a path on each line. */
function registered(): string[] {
  const context = { config: resolveConfig({}), logger: silentLogger, clock: { monotonicMs: () => 0 } };
  const server = createHttpServer(context as unknown as HttpContext);
  const parents: string[] = [];
  return server
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/u.exec(line) ?? [];
      if (part === '') return [];
      parents.length = indent.length / 4;
      parents.push(part);
      const path = parents.join('').replace(/\/\/+/g, '/');
      return methods
        .split(', ')
        .filter((method) => method !== '' && method !== 'HEAD')
        .map((method) => `${method} ${path}`);
    });
}

const tokenOf = (name: string): string => name.padEnd(16, '.');
const authorization = (name: string): Record<string, string> => ({ authorization: `Bearer ${tokenOf(name)}` });

async function start(...more: { name: string; role: Role; workers?: string[]; jobs?: string[] }[]): Promise<Monitor> {
  const all = [...roles.map((role) => ({ name: role, role })), ...more];
  const monitor = await startMonitor({
    port: 0,
    log: 'off',
    tokens: all.map((settings) => ({ ...settings, token: tokenOf(settings.name) })),
  });
  whenFinished(() => monitor.close());
  return monitor;
}

async function ask(monitor: Monitor, name: string | undefined, route: string) {
  const [method = '', path = ''] = route.split(' ');
  const answer = await fetch(monitor.url + path.replace(/:\w+/g, 'A'), {
    method,
    headers: { ...(name === undefined ? {} : authorization(name)), 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{"kind":"cpu","command":"exit"}' } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Whether somebody is let through to a route, whatever it then answers. */
async function isLetThrough(monitor: Monitor, name: string | undefined, route: string): Promise<boolean> {
  const { status, text } = await ask(monitor, name, route);
  return status !== 401 && !(status === 403 && text.includes('This token does not allow'));
}

async function workerAt(monitor: Monitor, token: string, hello: { worker: string; job: string }) {
  const url = `${monitor.url.replace('http', 'ws')}/v1/worker`;
  const worker = new HandMadeWorker(url, { headers: authorization(token) });
  return { worker, answer: await worker.greet({ ...hello, session: hello.worker }) };
}

describe('who may do what', () => {
  test('every route is in the table of this test', () => {
    expect(registered().sort()).toEqual(Object.keys(actions).sort());
  });

  test('every message of a worker has its action', () => {
    const names = WorkerMessageSchema.oneofs.flatMap(({ fields }) => fields.map(({ localName }) => localName));
    expect(Object.keys(messageActions).sort()).toEqual(names.sort());
    expect(new Set(Object.values(messageActions))).toEqual(new Set(['report']));
  });

  test('every route lets through the roles that may do what it does, and nobody else', async () => {
    const monitor = await start();
    const found: Record<string, string[]> = {};
    const wanted: Record<string, string[]> = {};
    for (const [route, action] of Object.entries(actions)) {
      wanted[route] = roles.filter((role) => rights[role].includes(action));
      found[route] = [];
      for (const role of roles) if (await isLetThrough(monitor, role, route)) found[route].push(role);
      expect([route, await isLetThrough(monitor, undefined, route)]).toEqual([route, action === 'health']);
    }
    expect(found).toEqual(wanted);
  });

  test('no page of the monitor changes anything, and none takes what would', async () => {
    const monitor = await start();
    for (const route of Object.keys(actions).filter((key) => key.startsWith('GET'))) {
      const { status } = await ask(monitor, 'admin', route.replace('GET', 'POST'));
      expect([route, status]).toEqual([route, 404]);
    }
  });
});

describe('a token for some workers', () => {
  test('speaks for them and for no other, and reads nothing', async () => {
    const monitor = await start({ name: 'a', role: 'worker', workers: ['A', 'A-*'], jobs: ['orders'] });
    await workerAt(monitor, 'admin', { worker: 'B', job: 'orders' });
    expect((await workerAt(monitor, 'a', { worker: 'A', job: 'orders' })).answer.case).toBe('welcome');
    expect((await workerAt(monitor, 'a', { worker: 'A-2', job: 'orders' })).answer.case).toBe('welcome');
    for (const hello of [
      { worker: 'B', job: 'orders' },
      { worker: 'A', job: 'bills' },
    ]) {
      const { worker, answer } = await workerAt(monitor, 'a', hello);
      expect(answer).toMatchObject({ case: 'refusal', value: { code: 'SG_MONITOR_FORBIDDEN' } });
      expect((await worker.closed).code).toBe(4403);
    }
    for (const path of ['/api/v1/workers/B/status', '/sdk_status?id=B', '/api/v1/workers', '/'])
      expect([path, (await ask(monitor, 'a', `GET ${path}`)).status]).toEqual([path, 403]);
    const { text } = await ask(monitor, 'reader', 'GET /api/v1/workers/B');
    expect(JSON.parse(text), 'the one whose name was used has stayed').toMatchObject({ state: 'connected' });
  });

  test('of another role does not get in as a worker at all', async () => {
    const monitor = await start();
    const url = `${monitor.url.replace('http', 'ws')}/v1/worker`;
    const worker = new HandMadeWorker(url, { headers: authorization('reader') });
    const status = await new Promise((resolve) =>
      worker.socket.once('unexpected-response', (_, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(403);
  });
});

describe('a reader of some jobs', () => {
  test('sees their rows in every list and nothing of the others', async () => {
    const monitor = await start(
      { name: 'orders', role: 'operator', jobs: ['orders'] },
      { name: 'a', role: 'reader', workers: ['A'] },
    );
    await workerAt(monitor, 'admin', { worker: 'A', job: 'orders' });
    const b = await workerAt(monitor, 'admin', { worker: 'B', job: 'bills' });
    b.worker.event(1);
    await b.worker.next((body) => body.case === 'acknowledgement');

    const read = async (name: string, path: string) => (await ask(monitor, name, `GET ${path}`)).text;
    const names = async (name: string, path: 'workers' | 'jobs'): Promise<string[]> => {
      const rows = JSON.parse(await read(name, `/api/v1/${path}`))[path] as { worker?: string; job: string }[];
      return rows.map((row) => row.worker ?? row.job).sort();
    };
    expect(await names('reader', 'workers')).toEqual(['A', 'B']);
    expect(await names('orders', 'workers')).toEqual(['A']);
    expect(await names('orders', 'jobs')).toEqual(['orders']);
    expect(await names('a', 'workers')).toEqual(['A']);
    expect(await names('a', 'jobs'), 'a job is more than one of its workers').toEqual([]);

    const events = async (name: string) => JSON.parse(await read(name, '/api/v1/events?batch_size=1000'));
    expect((await events('reader')).events).toHaveLength(1);
    expect(await events('orders'), 'goes on behind what is not for it').toMatchObject({ events: [], next_offset: 1 });

    for (const path of ['/', '/sdk_status']) {
      expect(await read('reader', path)).toMatch(/\bB\b/);
      expect(await read('orders', path)).toMatch(/\bA\b/);
      expect(await read('orders', path)).not.toMatch(/\bB\b|bills/);
    }
    for (const route of [
      'GET /metrics',
      'GET /statusz',
      'GET /sdk_status?id=B',
      'GET /threadz?worker=B',
      'GET /api/v1/workers/B',
      'GET /api/v1/workers/B/status',
      'GET /api/v1/workers/C',
      'GET /api/v1/jobs/bills/graph',
      'POST /api/v1/workers/B/samples',
    ])
      expect([route, (await ask(monitor, 'orders', route)).status]).toEqual([route, 403]);
    const health = JSON.parse(await read('orders', '/healthz?job=bills'));
    expect(health).not.toHaveProperty('incidents');
  });

  test('sees a job that is one of several of a process, and why it stands, and nothing of the others', async () => {
    const monitor = await start({ name: 'billing', role: 'operator', jobs: ['billing'] });
    const { worker } = await workerAt(monitor, 'admin', { worker: 'A', job: 'orders' });
    const operators = ['orders', 'billing'].map((job, index) => ({ id: index + 1, name: `of ${job}`, job }));
    worker.report(1, { operators });
    worker.event(1);
    await worker.next((body) => body.case === 'acknowledgement');
    const read = async (path: string) => JSON.parse((await ask(monitor, 'billing', `GET ${path}`)).text);
    expect((await read('/api/v1/jobs')).jobs.map(({ job }: { job: string }) => job)).toEqual(['billing']);
    expect((await read('/api/v1/jobs/billing/graph')).operators).toMatchObject([{ name: 'of billing' }]);
    expect((await read('/api/v1/incidents')).incidents).toEqual([]);

    const failed = create(FailureSchema, { name: 'TypeError', message: 'no amount', operatorId: 1 });
    const payload = { case: 'failure' as const, value: failed };
    worker.send({ case: 'event', value: create(EventSchema, { topic: Topic.FAILURES, number: 1n, payload }) });
    await eventually(() => worker.received.filter(({ body }) => body.case === 'acknowledgement').length === 2);
    const { incidents } = await read('/api/v1/incidents');
    expect(incidents).toMatchObject([{ job: 'orders', jobs: ['orders', 'billing'], operator: 'of orders' }]);
    expect((await read('/api/v1/incidents?job=billing')).incidents).toHaveLength(1);
    expect(await read(`/api/v1/incidents/${incidents[0].id}`)).toMatchObject({ job: 'orders' });
    expect((await ask(monitor, undefined, 'GET /healthz?job=billing')).status).toBe(503);
    // What the process itself has said is of its own job; what became of the incident is told to both.
    const { events } = await read('/api/v1/events?batch_size=1000');
    expect(events.map(({ topic }: { topic: string }) => topic)).toEqual(['incidents']);
    for (const route of ['GET /api/v1/workers/A', 'GET /threadz?worker=A', 'GET /api/v1/jobs/orders/graph'])
      expect([route, (await ask(monitor, 'billing', route)).status]).toEqual([route, 403]);
  });
});
