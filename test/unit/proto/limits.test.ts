import { readFileSync } from 'node:fs';
import {
  checkLimits,
  clampMonitorMessage,
  clampWorkerMessage,
  create,
  encodeWorkerMessage,
  type JsonObject,
  LIMITS,
  type MessageInitShape,
  type MonitorMessage,
  MonitorMessageSchema,
  ProtocolError,
  type Topic,
  type WorkerMessage,
  WorkerMessageSchema,
} from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { WORKER_GOLDEN } from './golden-messages.ts';

const HELLO = { protocolVersion: 1, worker: 'w', job: 'j', session: 's' };

function worker(body: NonNullable<MessageInitShape<typeof WorkerMessageSchema>['body']>): WorkerMessage {
  return create(WorkerMessageSchema, { body });
}

function refusal(message: WorkerMessage): string {
  try {
    checkLimits(message);
    return 'passes';
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

describe('checkLimits', () => {
  test.each(['worker-hello', 'worker-report', 'worker-event-evidence', 'worker-heartbeat', 'worker-empty'])(
    'lets %s pass',
    (name) => {
      expect(refusal(WORKER_GOLDEN[name] as WorkerMessage)).toBe('passes');
    },
  );

  test.each([
    ['no version', { protocolVersion: 0 }, 'SG_PROTO_FIELD_MISSING: Hello.protocol_version'],
    ['no worker', { worker: '' }, 'SG_PROTO_FIELD_MISSING: Hello.worker'],
    ['a blank job', { job: '  ' }, 'SG_PROTO_FIELD_MISSING: Hello.job'],
    ['no session', { session: '' }, 'SG_PROTO_FIELD_MISSING: Hello.session'],
    ['a worker of 10 kB', { worker: 'x'.repeat(10_000) }, 'SG_PROTO_FIELD_INVALID: Hello.worker'],
    ['a job with a line break', { job: 'a\nb' }, 'SG_PROTO_FIELD_INVALID: Hello.job'],
    ['a worker that writes backwards', { worker: 'a\u202eb' }, 'SG_PROTO_FIELD_INVALID: Hello.worker'],
    ['too many capabilities', { capabilities: Array(33).fill('x') }, 'SG_PROTO_LIMIT_EXCEEDED: Hello.capabilities'],
  ])('refuses a Hello with %s', (_what, change, expected) => {
    expect(refusal(worker({ case: 'hello', value: { ...HELLO, ...change } }))).toContain(expected);
  });

  test('never repeats what the peer sent', () => {
    expect(refusal(worker({ case: 'hello', value: { ...HELLO, worker: 'secret\n'.repeat(99) } }))).not.toContain(
      'secret',
    );
  });

  test.each([
    ['more operators than a board can name', { operators: rows(2049) }, 'SG_PROTO_LIMIT_EXCEEDED: Report.operators'],
    ['more edges than a board can name', { edges: rows(4097) }, 'SG_PROTO_LIMIT_EXCEEDED: Report.edges'],
    ['more ports than may be told', { ports: rows(2049) }, 'SG_PROTO_LIMIT_EXCEEDED: Report.ports'],
    ['one port twice', { ports: [{ id: 7 }, { id: 7 }] }, 'SG_PROTO_FIELD_INVALID: Report.ports'],
    ['an operator without id', { operators: [{ id: 0 }] }, 'SG_PROTO_FIELD_MISSING: Report.operators.id'],
    ['one operator twice', { operators: [{ id: 7 }, { id: 7 }] }, 'SG_PROTO_FIELD_INVALID: Report.operators'],
    ['one edge twice', { edges: [{ id: 7 }, { id: 7 }] }, 'SG_PROTO_FIELD_INVALID: Report.edges'],
  ])('refuses a Report with %s', (_what, report, expected) => {
    expect(refusal(worker({ case: 'report', value: report }))).toContain(expected);
  });

  test('lets a full board pass, and its frame fits in both forms\u2019 limit when names are of everyday length', () => {
    const file = '/srv/app/node_modules/some-package/dist/index.js';
    const operators = rows(1024).map(({ id }) => ({
      id,
      name: `Transform #${id}`,
      location: { file, line: id, column: 5 },
    }));
    const edges = rows(2048).map(({ id }) => ({ id, sourceId: 1, targetId: 2, queued: 16n, capacity: 16n }));
    const full = worker({ case: 'report', value: { operators, edges } });
    expect(refusal(full)).toBe('passes');
    expect(encodeWorkerMessage(full).byteLength).toBeLessThan(LIMITS.FRAME_BYTES);
  });

  test('refuses an Event that has no place in any numbering', () => {
    expect(refusal(worker({ case: 'event', value: { number: 1n } }))).toContain('SG_PROTO_FIELD_MISSING: Event.topic');
    expect(refusal(worker({ case: 'event', value: { topic: 1 } }))).toContain('SG_PROTO_FIELD_MISSING: Event.number');
    expect(refusal(worker({ case: 'event', value: { topic: 77 as Topic, number: 1n } }))).toBe('passes');
  });
});

describe('clampWorkerMessage', () => {
  test('leaves an honest frame alone', () => {
    for (const name of ['worker-hello', 'worker-report', 'worker-event-failure', 'worker-event-evidence']) {
      expect(clampWorkerMessage(structuredClone(WORKER_GOLDEN[name]) as WorkerMessage)).toBe(0);
    }
  });

  test('trims the names of a report and counts what it changed', () => {
    const message = worker({
      case: 'report',
      value: {
        operators: [
          {
            id: 1,
            name: 'x'.repeat(10_000),
            location: { function: 'a\u0000', file: `/front${'/x'.repeat(1000)}/main.mjs` },
          },
          { id: 2, name: 'fine' },
        ],
      },
    });
    expect(clampWorkerMessage(message)).toBe(3);
    if (message.body.case !== 'report') throw new Error('unexpected body');
    const [first] = message.body.value.operators;
    expect(first?.name).toHaveLength(200);
    expect(first?.location?.function).toBe('a\uFFFD');
    expect(first?.location?.file).toMatch(/^….*\/main\.mjs$/);
  });

  test('cuts the lists of evidence instead of refusing it', () => {
    const message = worker({
      case: 'event',
      value: {
        topic: 3,
        number: 1n,
        payload: {
          case: 'evidence',
          value: {
            samples: Array.from({ length: 60 }, () => ({ count: 0, frames: Array(60).fill({ line: 1 }) })),
            resources: Array(200).fill('TCP\n'),
            missing: Array(200).fill('x'),
            connections: Array.from({ length: 60 }, () => ({ peer: 'p\n', failure: 'E'.repeat(200) })),
            pools: Array.from({ length: 60 }, () => ({ kind: 'k\n', peer: 'p'.repeat(300) })),
            caughtErrors: Array.from({ length: 60 }, () => ({
              name: 'n'.repeat(300),
              code: 'c'.repeat(300),
              frames: Array.from({ length: 60 }, () => ({ function: 'f\n' })),
            })),
            peerAnswers: Array.from({ length: 60 }, () => ({ peer: 'p'.repeat(300) })),
            thread: { state: 'SS', cpuShare: Number.NaN },
          },
        },
      },
    });
    expect(clampWorkerMessage(message)).toBeGreaterThan(0);
    expect(refusal(message)).toBe('passes');
    if (message.body.case !== 'event' || message.body.value.payload.case !== 'evidence')
      throw new Error('unexpected body');
    const evidence = message.body.value.payload.value;
    expect(evidence.samples).toHaveLength(50);
    expect(evidence.samples[0]?.frames).toHaveLength(50);
    expect(evidence.samples[0]?.count).toBe(1);
    expect(evidence.resources).toHaveLength(100);
    expect(evidence.resources[0]).toBe('TCP ');
    expect(evidence.missing).toHaveLength(50);
    expect(evidence.connections).toHaveLength(50);
    expect(evidence.connections[0]?.peer).toBe('p\uFFFD');
    expect(evidence.connections[0]?.failure).toHaveLength(100);
    expect(evidence.pools).toHaveLength(20);
    expect(evidence.caughtErrors).toHaveLength(10);
    expect(evidence.caughtErrors[0]).toMatchObject({
      name: expect.stringMatching(/^n{199}…$/),
      code: expect.stringMatching(/^c{99}…$/),
    });
    expect(evidence.caughtErrors[0]?.frames).toHaveLength(50);
    expect(evidence.caughtErrors[0]?.frames[0]?.function).toBe('f\uFFFD');
    expect(evidence.peerAnswers).toHaveLength(20);
    expect(evidence.peerAnswers[0]?.peer).toMatch(/^p{199}…$/);
    expect(evidence.pools[0]).toMatchObject({ kind: 'k\uFFFD', peer: expect.stringMatching(/^p{199}…$/) });
    expect(evidence.thread).toMatchObject({ state: '…', cpuShare: 0 });
  });
});

describe('clampMonitorMessage', () => {
  const monitor = (body: NonNullable<MessageInitShape<typeof MonitorMessageSchema>['body']>): MonitorMessage =>
    create(MonitorMessageSchema, { body });

  test('moves settings to the nearest bound and leaves "no wish" alone', () => {
    const message = monitor({
      case: 'welcome',
      value: { settings: { reportIntervalMillis: 1, markerIntervalMillis: 0xffff_ffff, loopBlockedMillis: 0 } },
    });
    expect(clampMonitorMessage(message)).toBe(2);
    expect(message.body.case === 'welcome' && message.body.value.settings).toMatchObject({
      reportIntervalMillis: 100,
      markerIntervalMillis: 3_600_000,
      loopBlockedMillis: 0,
    });
  });

  test('bounds how long a monitor can make a worker sample', () => {
    const message = monitor({ case: 'sampleRequest', value: { requestId: 'r', durationMillis: 0xffff_ffff } });
    expect(clampMonitorMessage(message)).toBe(1);
    expect(message.body.case === 'sampleRequest' && message.body.value.durationMillis).toBe(30_000);
  });
});

describe('bodies of a status', () => {
  const clamped = (
    ...bodies: JsonObject[]
  ): { readonly bodies: (JsonObject | undefined)[]; readonly changes: number } => {
    const sections = bodies.map((body) => ({ name: 's', version: 1, body }));
    const message = worker({ case: 'statusAnswer', value: { requestId: 'r', sections } });
    const changes = clampWorkerMessage(message);
    return {
      changes,
      bodies: message.body.case === 'statusAnswer' ? message.body.value.sections.map(({ body }) => body) : [],
    };
  };

  test('that are honest are left alone', () => {
    const body = { a: 1, b: [{ c: 'x' }, null, true], d: { e: { f: {} } } };
    expect(clamped(body)).toEqual({ changes: 0, bodies: [body] });
  });

  test('lose what makes a terminal or a page show something else, in names as well', () => {
    expect(clamped({ 'a\u001b': 'x\u202ey', long: 'x'.repeat(5000) })).toMatchObject({
      changes: 3,
      bodies: [{ 'a\ufffd': 'x\ufffdy', long: expect.stringMatching(/^x{999}\u2026$/) }],
    });
  });

  test('never become the prototype of anything', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as JsonObject;
    const [body] = clamped(hostile).bodies;
    expect(Object.keys(body ?? {})).toEqual(['constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  });

  test('have no number that JSON cannot say', () => {
    const { bodies } = clamped({ a: Number.NaN, b: [Number.POSITIVE_INFINITY], c: 0.5 });
    expect(bodies).toEqual([{ a: null, b: [null], c: 0.5 }]);
  });

  test('are as deep and as many as the limits say, all bodies of an answer together', () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 30; level++) deep = { deep };
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    expect(depthOf(clamped(deep).bodies[0])).toBe(LIMITS.STATUS_DEPTH);
    const { bodies } = clamped({ list: Array(15_000).fill(0) }, { list: Array(15_000).fill(0) });
    const count = bodies.reduce((sum, body) => sum + (((body?.list ?? []) as unknown[]).length + 1), 0);
    expect(count).toBe(LIMITS.STATUS_VALUES);
  });

  test('are at most as many as a request may ask for', () => {
    const sections = Array.from({ length: 40 }, () => ({ name: 'n'.repeat(500) }));
    const message = worker({ case: 'statusAnswer', value: { requestId: 'r', sections, missing: Array(60).fill('x') } });
    clampWorkerMessage(message);
    const answer = message.body.case === 'statusAnswer' ? message.body.value : undefined;
    expect(answer?.sections).toHaveLength(LIMITS.STATUS_SECTIONS);
    expect(answer?.sections[0]?.name).toHaveLength(LIMITS.TOKEN_CHARACTERS);
    expect(answer?.missing).toHaveLength(LIMITS.MISSING_PER_STATUS);
  });
});

test('PROTOCOL.md carries the table of limits, value by value', () => {
  const text = readFileSync(new URL('../../../proto/PROTOCOL.md', import.meta.url), 'utf8');
  const table = [...text.matchAll(/^\| *`([A-Z_]+)` *\| *([\d,]+) *\|/gm)].map(([, name, value]) => [
    name,
    Number(value?.replaceAll(',', '')),
  ]);
  expect(Object.fromEntries(table)).toEqual(LIMITS);
});
