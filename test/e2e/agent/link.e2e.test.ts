import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Topic } from '@streamgauge/proto';
import { afterEach, expect, test } from 'vitest';
import { type FakeMonitor, helloOf, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, runProgram, startProgram } from './run-program.ts';

let monitor: FakeMonitor | undefined;
let program: RunningProgram | undefined;
afterEach(async () => {
  program?.child.kill('SIGKILL');
  await monitor?.close();
  monitor = undefined;
  program = undefined;
});

test('the worker says who it is, then reports', async () => {
  monitor = await startFakeMonitor();
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '5000'],
    env: {
      STREAMGAUGE_MONITOR_URL: monitor.url,
      STREAMGAUGE_JOB: 'orders',
      STREAMGAUGE_WORKER: 'w1',
      STREAMGAUGE_TOKEN: 'secret',
    },
  });
  const hello = await monitor.waitFor(helloOf, 5000);
  expect(hello).toMatchObject({ protocolVersion: 1, job: 'orders', worker: 'w1', pid: program.child.pid });
  expect(monitor.authorizations).toEqual(['Bearer secret']);
  const report = await monitor.waitFor(reportOf, 3000);
  expect(report.intervalMillis).toBe(1000);
});

test('settings of the monitor apply unless the user of the worker chose', async () => {
  monitor = await startFakeMonitor({ welcome: { settings: { reportIntervalMillis: 100, markerIntervalMillis: 100 } } });
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '5000'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_REPORT_INTERVAL_MS: '250' },
  });
  const report = await monitor.waitFor((message) => (reportOf(message)?.epoch ?? 0n) >= 8n && reportOf(message), 5000);
  expect(report?.intervalMillis).toBe(250);
  expect(report?.monotonicNano).toBeGreaterThan(0n);
});

test('a monitor that was absent is found, and hears of what was not acknowledged', async () => {
  monitor = await startFakeMonitor({ acknowledge: false });
  const { url } = monitor;
  const port = Number(new URL(url).port);
  program = startProgram({ program: 'ends.mjs', args: ['normal', '30000'], env: { STREAMGAUGE_MONITOR_URL: url } });
  const first = await monitor.waitFor(helloOf, 5000);
  await monitor.waitFor(({ body }) => body.case === 'event', 3000);
  await monitor.close();
  monitor = await startFakeMonitor({ port });
  const second = await monitor.waitFor(helloOf, 8000);
  expect(second.session).toBe(first.session);
  const replayed = await monitor.waitFor(({ body }) => body.case === 'event' && body.value, 3000);
  expect(replayed).toMatchObject({ topic: Topic.LIFECYCLE, number: 1n });
}, 30_000);

test('what the monitor has stored is not sent again', async () => {
  monitor = await startFakeMonitor({
    acknowledge: false,
    welcome: { offsets: [{ topic: Topic.LIFECYCLE, number: 1n }] },
  });
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '15000'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  await monitor.waitFor((message) => (reportOf(message)?.sequence ?? 0n) >= 3n, 5000);
  const sentAgain = ({ body }: FakeMonitor['received'][number]['message']) =>
    body.case === 'event' && body.value.topic === Topic.LIFECYCLE && body.value.number === 1n;
  expect(monitor.received.some(({ message }) => sentAgain(message))).toBe(false);
});

test('without a monitor the worker runs to its end and says so in one line', async () => {
  const { code, stderr } = await runProgram({
    program: 'ends.mjs',
    args: ['normal', '4000'],
    env: { STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9' },
  });
  expect(code).toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(
    /^streamgauge: no connection to the monitor at ws:\/\/127\.0\.0\.1:9\/v1\/worker: .*ECONNREFUSED/,
  );
});

test('a monitor that takes the connection and never answers is left again, and the exit is not held up', async () => {
  const sockets: Socket[] = [];
  const hole = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  }).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  const address = hole.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const { code, stderr, stdout } = await runProgram({
      program: 'ends.mjs',
      args: ['normal', '7500'],
      env: { STREAMGAUGE_MONITOR_URL: `ws://127.0.0.1:${port}` },
    });
    const afterEndMs = Date.now() - Number(/ending (\d+)/.exec(stdout)?.[1]);
    expect(code).toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(sockets.length).toBeGreaterThanOrEqual(2);
    expect(afterEndMs).toBeLessThan(500);
  } finally {
    for (const socket of sockets) socket.destroy();
    hole.close();
  }
}, 30_000);

test('a monitor that falls silent is left and dialled again', async () => {
  monitor = await startFakeMonitor({ answerPings: false, acknowledge: false, welcome: { heartbeatPeriodMillis: 400 } });
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '15000'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_LOG: 'off' },
  });
  let hellos = 0;
  await monitor.waitFor((message) => helloOf(message) !== undefined && ++hellos === 2, 8000);
});

test('with nothing to report, the worker still says that it lives', async () => {
  monitor = await startFakeMonitor();
  program = startProgram({
    program: 'ends.mjs',
    args: ['normal', '15000'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_REPORT_INTERVAL_MS: '60000' },
  });
  const hello = await monitor.waitFor(helloOf, 5000);
  const heartbeat = await monitor.waitFor(({ body }) => body.case === 'heartbeat' && body.value, 4000);
  expect(heartbeat.periodMillis).toBe(hello.heartbeatPeriodMillis);
});
