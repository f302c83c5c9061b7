import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type Command,
  CommandAnswerSchema,
  CommandOutcome,
  create,
  decodeWorkerMessage,
  EvidenceSchema,
  encodeMonitorMessage,
  HelloSchema,
  type MonitorMessage,
  MonitorMessageSchema,
  ReportSchema,
  type SampleRequest,
  StatusAnswerSchema,
  type StatusRequest,
  TaskState,
  Topic,
  type Welcome,
  type WorkerMessage,
} from '@streamgauge/proto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  createLink,
  HEARTBEAT_PERIOD_MS,
  type HeartbeatNews,
  type Link,
  type LinkOptions,
} from '../../../../agent/src/link/link.ts';
import { createOutbox, type Outbox } from '../../../../agent/src/link/outbox.ts';
import { createLog } from '../../../../agent/src/log.ts';

// The sockets are real and on this machine; the time is not: the link lives by the ticks it is given.
let server: WebSocketServer;
let link: Link;
let options: LinkOptions;
let outbox: Outbox;
let nowMs: number;
let troubles: string[];
let welcomes: Welcome[];
let requests: SampleRequest[];
let statusRequests: StatusRequest[];
let commands: Command[];
let news: HeartbeatNews | undefined;
let peer: WebSocket | undefined;
let received: WorkerMessage[];
let token: string | undefined;
let dials: number;

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  received = [];
  peer = undefined;
  server.on('connection', (socket) => {
    peer = socket;
    socket.on('message', (data) => received.push(decodeWorkerMessage(data as Buffer)));
    socket.on('error', () => undefined);
  });
  nowMs = 1000;
  token = undefined;
  dials = 0;
  troubles = [];
  welcomes = [];
  requests = [];
  statusRequests = [];
  commands = [];
  news = undefined;
  outbox = createOutbox();
  options = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/worker`,
    credentials: () => {
      dials += 1;
      return { token };
    },
    hello: () => create(HelloSchema, { worker: 'w' }),
    outbox,
    log: {
      error: () => undefined,
      info: () => undefined,
      debug: () => undefined,
      trouble: (line) => troubles.push(line),
    },
    random: () => 0.5,
    onWelcome: (welcome) => welcomes.push(welcome),
    onSampleRequest: (request) => requests.push(request),
    onStatusRequest: (request) => statusRequests.push(request),
    onCommand: (command) => commands.push(command),
    news: () => news,
  };
  link = createLink(options);
});

afterEach(async () => {
  link.stop();
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, 'close');
});

function tick(passedMs = 0): void {
  nowMs += passedMs;
  link.tick(nowMs);
}

function reply(body: MonitorMessage['body'] | { case: string; value: object }): void {
  peer?.send(encodeMonitorMessage(create(MonitorMessageSchema, { body: body as never })));
}

const kinds = (): (string | undefined)[] => received.map(({ body }) => body.case);
const until = (condition: () => boolean): Promise<void> => vi.waitFor(() => expect(condition()).toBe(true), 3000);

async function open(welcome: object = {}): Promise<void> {
  tick();
  await until(() => kinds().includes('hello'));
  reply({ case: 'welcome', value: { protocolVersion: 1, ...welcome } });
  await until(() => link.open);
}

const evidence = (text = 'x') => ({ case: 'evidence', value: create(EvidenceSchema, { missing: [text] }) }) as const;

test('a token that no header can carry is told, and dialled with again later', async () => {
  token = 'two\nlines';
  tick();
  expect(troubles.join()).toMatch(/no connection to the monitor .*Invalid character in header content/);
  token = 'one-line';
  tick(1000);
  await until(() => kinds().includes('hello'));
});

test('a fault of the agent itself while it dials is not told, and it dials again later', async () => {
  const dialledAt: number[] = [];
  const broken = createLink({
    ...options,
    url: 'no address',
    credentials: () => {
      dialledAt.push(nowMs);
      return {};
    },
  });
  expect(() => broken.tick(nowMs)).toThrow('Invalid URL');
  broken.tick(nowMs + 10);
  expect(() => broken.tick(nowMs + 1000)).toThrow('Invalid URL');
  expect([dialledAt.length, troubles]).toEqual([2, []]);
});

describe('a token that is refused', () => {
  const refuse = async (): Promise<void> => {
    reply({ case: 'refusal', value: { code: 'SG_MONITOR_UNAUTHORISED', message: 'Withdrawn.', retryAfterMillis: 0 } });
    await until(() => troubles.length > 0);
  };
  const dialsAgainWithin = (ms: number): boolean => {
    const before = dials;
    tick(ms);
    return dials > before;
  };

  test('is not shown again for a minute, and its user is told', async () => {
    token = 'old';
    await open();
    await refuse();
    expect(troubles[0]).toMatch(
      /: Withdrawn\. The token is wrong or has expired: set STREAMGAUGE_TOKEN_FILE or [\w ]+\. The worker goes on/,
    );
    expect([dialsAgainWithin(5000), dialsAgainWithin(56_000)]).toEqual([false, true]);
  });

  test('and has another one in its place by then is no reason to wait', async () => {
    token = 'old';
    await open();
    token = 'new';
    await refuse();
    expect(dialsAgainWithin(1000)).toBe(true);
  });
});

describe('the greeting', () => {
  test('nothing is sent before the welcome but the greeting', async () => {
    link.sendEvent(Topic.EVIDENCE, 0, evidence());
    tick();
    await until(() => received.length > 0);
    expect(link.sendReport(create(ReportSchema))).toBe(false);
    expect(kinds()).toEqual(['hello']);
    reply({ case: 'welcome', value: { protocolVersion: 1 } });
    await until(() => received.length === 2);
    expect(kinds()).toEqual(['hello', 'event']);
    expect(welcomes).toHaveLength(1);
  });

  test('a monitor that does not answer it in time is left', async () => {
    tick();
    await until(() => kinds().includes('hello'));
    tick(5001);
    expect(link.open).toBe(false);
    expect(troubles).toEqual([expect.stringMatching(/did not answer the greeting/)]);
    tick(375);
    await until(() => kinds().filter((kind) => kind === 'hello').length === 2);
  });

  test('a refusal is told with its reason and not asked again for a minute', async () => {
    tick();
    await until(() => kinds().includes('hello'));
    reply({ case: 'refusal', value: { code: 'SG_MONITOR_X', message: 'no', retryAfterMillis: 0 } });
    await until(() => troubles.length === 1);
    expect(troubles[0]).toMatch(/refused this worker \(SG_MONITOR_X\): no/);
    tick(59_000);
    expect(received).toHaveLength(1);
    tick(3000);
    await until(() => kinds().filter((kind) => kind === 'hello').length === 2);
  });
});

describe('events', () => {
  test('are sent at once, and forgotten when they are acknowledged', async () => {
    await open();
    link.sendEvent(Topic.EVIDENCE, 0, evidence());
    await until(() => kinds().includes('event'));
    expect(outbox.size).toBe(1);
    reply({ case: 'acknowledgement', value: { offsets: [{ topic: Topic.EVIDENCE, number: 1n }] } });
    await until(() => outbox.size === 0);
  });

  test('that were not acknowledged are sent again over the next connection, those that were are not', async () => {
    await open();
    for (const text of ['one', 'two', 'three']) link.sendEvent(Topic.EVIDENCE, 0, evidence(text));
    await until(() => kinds().filter((kind) => kind === 'event').length === 3);
    peer?.terminate();
    await until(() => !link.open);
    received.length = 0;
    tick(375);
    await until(() => kinds().includes('hello'));
    reply({ case: 'welcome', value: { protocolVersion: 1, offsets: [{ topic: Topic.EVIDENCE, number: 2n }] } });
    await until(() => received.length === 2);
    expect(received[1]?.body).toMatchObject({ case: 'event', value: { number: 3n } });
  });

  test('are each sent once over one connection', async () => {
    await open();
    for (let count = 0; count < 20; count++) link.sendEvent(Topic.EVIDENCE, 0, evidence());
    for (let count = 0; count < 20; count++) tick(10);
    await until(() => kinds().filter((kind) => kind === 'event').length === 20);
    link.leave({ unixMs: 0 }, () => undefined);
    await until(() => kinds().at(-1) === 'heartbeat');
    expect(kinds().filter((kind) => kind === 'event')).toHaveLength(20);
  });
});

describe('silence', () => {
  test('the worker speaks when it has said nothing for most of its period', async () => {
    await open();
    for (let passed = 0; passed < HEARTBEAT_PERIOD_MS; passed += 100) tick(100);
    await until(() => kinds().includes('heartbeat'));
    expect(received.at(-1)?.body).toMatchObject({ case: 'heartbeat', value: { periodMillis: HEARTBEAT_PERIOD_MS } });
  });

  test('a monitor that breaks its promise for two periods is left', async () => {
    await open({ heartbeatPeriodMillis: 500 });
    peer?.pause();
    for (let passed = 0; passed < 1100; passed += 100) tick(100);
    expect(troubles).toEqual([expect.stringMatching(/gone silent/)]);
  });

  test('a monitor that keeps its promise is kept', async () => {
    await open({ heartbeatPeriodMillis: 500 });
    for (let round = 0; round < 6; round++) {
      tick(400);
      const before = link.strangeFrames;
      reply({ case: 'heartbeat', value: { periodMillis: 500 } });
      reply({ case: 'welcome', value: {} });
      await until(() => link.strangeFrames > before);
    }
    expect(link.open).toBe(true);
  });

  test('a worker that was suspended does not blame the monitor for it', async () => {
    await open({ heartbeatPeriodMillis: 5000 });
    tick(3_600_000);
    expect(link.open).toBe(true);
  });
});

test('a request for samples is handed on', async () => {
  await open();
  reply({ case: 'sampleRequest', value: { requestId: 'r1', operatorId: 7 } });
  await until(() => requests.length === 1);
  expect(requests[0]).toMatchObject({ requestId: 'r1', operatorId: 7 });
});

test('a request for the status is handed on, and its answer is sent; without a connection it is not', async () => {
  const answer = { case: 'statusAnswer', value: create(StatusAnswerSchema, { requestId: 's1' }) } as const;
  expect(link.sendAnswer(answer)).toBe(false);
  await open();
  reply({ case: 'statusRequest', value: { requestId: 's1', sections: ['threads'] } });
  await until(() => statusRequests.length === 1);
  expect(statusRequests[0]).toMatchObject({ requestId: 's1', sections: ['threads'] });
  expect(link.sendAnswer(answer)).toBe(true);
  await until(() => kinds().includes('statusAnswer'));
  expect(link.sendAnswer({ ...answer, value: create(StatusAnswerSchema, { requestId: 'x'.repeat(2 ** 21) }) })).toBe(
    false,
  );
});

test('a command is handed on, and its answer goes back', async () => {
  expect(link.sendAnswer({ case: 'commandAnswer', value: create(CommandAnswerSchema, { requestId: 'early' }) })).toBe(
    false,
  );
  await open();
  reply({ case: 'command', value: { requestId: 'c1', action: { case: 'exit', value: {} } } });
  await until(() => commands.length === 1);
  const answer = create(CommandAnswerSchema, { requestId: 'c1', outcome: CommandOutcome.NOT_ALLOWED });
  await new Promise<void>((resolve) => link.sendAnswer({ case: 'commandAnswer', value: answer }, resolve));
  await until(() => kinds().includes('commandAnswer'));
  expect(received.at(-1)?.body).toMatchObject({ value: { requestId: 'c1', outcome: CommandOutcome.NOT_ALLOWED } });
});

test('news go with a heartbeat, once a period, although something else was said', async () => {
  await open();
  news = { tasks: [{ task: 't', state: TaskState.RUNNING }] };
  for (let passed = 0; passed < 2 * HEARTBEAT_PERIOD_MS; passed += 100) {
    tick(100);
    link.sendReport(create(ReportSchema));
  }
  await until(() => kinds().filter((kind) => kind === 'report').length === (2 * HEARTBEAT_PERIOD_MS) / 100);
  const beats = received.filter(({ body }) => body.case === 'heartbeat');
  expect(beats).toHaveLength(2);
  expect(beats[0]?.body).toMatchObject({ value: { tasks: [{ task: 't' }], periodMillis: HEARTBEAT_PERIOD_MS } });
});

test('a monitor that floods the worker is read slowly, held silent for it, and heard again', async () => {
  await open({ heartbeatPeriodMillis: 500 });
  const flood = 20_000;
  for (let count = 0; count < flood; count++) reply({ case: 'command', value: { requestId: `c${count}` } });
  await until(() => troubles.length > 0);
  expect(troubles).toEqual([expect.stringMatching(/read more slowly/)]);
  const taken = commands.length;
  for (let passed = 0; passed < 4000; passed += 100) tick(100);
  expect(link.open).toBe(true);
  expect(troubles).toHaveLength(1);
  // What had come in one piece, and little more.
  expect(taken).toBeLessThan(flood / 2);
  for (let passed = 0; passed < 300_000 && commands.length < flood; passed += 1000) {
    tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => commands.length > taken);
});

test('frames that mean nothing are counted and do no harm', async () => {
  await open();
  peer?.send('text');
  peer?.send(Buffer.from([0xff, 0xff, 0xff]));
  peer?.send(Buffer.alloc(0));
  await until(() => link.strangeFrames === 3);
  expect(link.open).toBe(true);
});

test('a monitor that does not read gets no more reports than the connection holds', async () => {
  await open();
  peer?.pause();
  const operators = Array.from({ length: 200 }, (_, index) => ({ id: index + 1, name: 'x'.repeat(200) }));
  const report = create(ReportSchema, { operators });
  let sent = 0;
  while (sent < 10_000 && link.sendReport(report)) sent += 1;
  expect(sent).toBeLessThan(10_000);
  expect(link.open).toBe(true);
});

test('leaving says so, and tells when the operating system has it', async () => {
  await open();
  await new Promise<void>((resolve) => link.leave({ unixMs: 0, report: create(ReportSchema) }, resolve));
  await until(() => kinds().includes('heartbeat'));
  expect(kinds()).toEqual(['hello', 'report', 'heartbeat']);
  expect(received.at(-1)?.body).toMatchObject({ case: 'heartbeat', value: { periodMillis: 0 } });
});

test('leaving without a connection is done at once', () => {
  let done = false;
  link.leave({ unixMs: 0 }, () => {
    done = true;
  });
  expect(done).toBe(true);
});

test('leaving in the middle of the greeting is said after the welcome', async () => {
  tick();
  await until(() => kinds().includes('hello'));
  expect(link.known).toBe(true);
  let done = false;
  link.leave({ unixMs: 0 }, () => {
    done = true;
  });
  expect(done).toBe(false);
  reply({ case: 'welcome', value: { protocolVersion: 1 } });
  await until(() => done);
  await until(() => kinds().length === 2);
  expect(received.at(-1)?.body).toMatchObject({ case: 'heartbeat', value: { periodMillis: 0 } });
});

test('leaving in the middle of the greeting is done when there is no welcome', async () => {
  tick();
  await until(() => kinds().includes('hello'));
  let done = false;
  link.leave({ unixMs: 0 }, () => {
    done = true;
  });
  tick(5001);
  expect(done).toBe(true);
  expect(link.known).toBe(false);
});

test('a worker whose name another one has taken says so, and comes back after a minute', async () => {
  await open();
  peer?.close(4409, 'A newer connection of the same worker has taken over.');
  await until(() => troubles.length === 1);
  expect(troubles[0]).toMatch(
    /: A newer connection of the same worker has taken over\. Another .* give each its own STREAMGAUGE_WORKER\./,
  );
  tick(59_000);
  expect(kinds().filter((kind) => kind === 'hello')).toHaveLength(1);
  tick(3000);
  await until(() => kinds().filter((kind) => kind === 'hello').length === 2);
});

test('while no monitor is there one line says so, then one a minute, and it is dialled for ever', async () => {
  const lines: string[] = [];
  const dials: number[] = [];
  const closed = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  let atMs = 0;
  const log = createLog({ level: 'error', write: (line) => lines.push(line), nowMs: () => atMs });
  const lonely = createLink({
    url: `ws://127.0.0.1:${port}/v1/worker`,
    credentials: () => ({}),
    hello: () => create(HelloSchema),
    outbox: createOutbox(),
    log: {
      ...log,
      trouble: (line) => {
        dials.push(atMs);
        log.trouble(line);
      },
    },
    random: () => 0.5,
    onWelcome: () => undefined,
    onSampleRequest: () => undefined,
    onStatusRequest: () => undefined,
  });
  // Ten minutes, as fast as this machine refuses connections.
  while (atMs < 600_000) {
    lonely.tick(atMs);
    const before = dials.length;
    atMs += 1000;
    await vi.waitFor(() => expect(dials.length > before || atMs - (dials.at(-1) ?? 0) <= 31_000).toBe(true), 3000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  lonely.stop();
  expect(dials.length).toBeGreaterThan(20);
  expect(lines[0]).toMatch(
    /^streamgauge: no connection to the monitor at .*The worker goes on; the agent keeps trying/,
  );
  expect(lines.length).toBeGreaterThanOrEqual(8);
  expect(lines.length).toBeLessThanOrEqual(10);
});
