import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Topic } from '@streamgauge/proto';
import { describe, expect, test } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
import { until } from '../harness/until.ts';
import { type FakeMonitor, helloOf, reportOf, startFakeMonitor } from './fake-monitor.ts';
import { type RunningProgram, runProgram, startProgram } from './run-program.ts';

/** For what comes within seconds when nobody else has the processors. */
const WITHIN_MS = 15_000;
/** Longer than any test, which ends the program. */
const LONG_MS = '60000';

async function start(...options: Parameters<typeof startFakeMonitor>): Promise<FakeMonitor> {
  const monitor = await startFakeMonitor(...options);
  whenFinished(() => monitor.close());
  return monitor;
}

/** A program that does nothing, with the agent. */
function idle(env: Readonly<Record<string, string>>): RunningProgram {
  const program = startProgram({ program: 'ends.mjs', args: ['normal', LONG_MS], env });
  whenFinished(() => void program.child.kill('SIGKILL'));
  return program;
}

// At the same time, because nearly all of it is waiting.
describe.concurrent('the link of a worker', () => {
  // First, because it takes longest.
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
      const program = startProgram({
        program: 'ends.mjs',
        args: ['normal', 'signal'],
        env: { STREAMGAUGE_MONITOR_URL: `ws://127.0.0.1:${port}` },
      });
      await until('a second connection', 25_000, () => (sockets.length > 1 ? true : undefined));
      program.child.kill('SIGUSR2');
      const { code, stderr, stdout } = await program.ended;
      const afterEndMs = Date.now() - Number(/ending (\d+)/.exec(stdout)?.[1]);
      expect(code).toBe(0);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(afterEndMs).toBeLessThan(500);
    } finally {
      for (const socket of sockets) socket.destroy();
      hole.close();
    }
  });

  test('the worker says who it is, then reports', async () => {
    const monitor = await start();
    const program = idle({
      STREAMGAUGE_MONITOR_URL: monitor.url,
      STREAMGAUGE_JOB: 'orders',
      STREAMGAUGE_WORKER: 'w1',
      STREAMGAUGE_TOKEN: 'secret',
    });
    const hello = await monitor.waitFor(helloOf, WITHIN_MS);
    expect(hello).toMatchObject({ protocolVersion: 1, job: 'orders', worker: 'w1', pid: program.child.pid });
    expect(monitor.authorizations).toEqual(['Bearer secret']);
    const report = await monitor.waitFor(reportOf, WITHIN_MS);
    expect(report.intervalMillis).toBe(1000);
  });

  test('settings of the monitor apply unless the user of the worker chose', async () => {
    const monitor = await start({ welcome: { settings: { reportIntervalMillis: 100, markerIntervalMillis: 100 } } });
    idle({ STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_REPORT_INTERVAL_MS: '250' });
    const report = await monitor.waitFor(
      (message) => (reportOf(message)?.epoch ?? 0n) >= 8n && reportOf(message),
      WITHIN_MS,
    );
    expect(report?.intervalMillis).toBe(250);
    expect(report?.monotonicNano).toBeGreaterThan(0n);
  });

  test('a monitor that was absent is found, and hears of what was not acknowledged', async () => {
    const monitor = await start({ acknowledge: false });
    const { url } = monitor;
    const port = Number(new URL(url).port);
    idle({ STREAMGAUGE_MONITOR_URL: url });
    const first = await monitor.waitFor(helloOf, WITHIN_MS);
    await monitor.waitFor(({ body }) => body.case === 'event', WITHIN_MS);
    await monitor.close();
    const again = await start({ port });
    const second = await again.waitFor(helloOf, WITHIN_MS);
    expect(second.session).toBe(first.session);
    const replayed = await again.waitFor(({ body }) => body.case === 'event' && body.value, WITHIN_MS);
    expect(replayed).toMatchObject({ topic: Topic.LIFECYCLE, number: 1n });
  });

  test('what the monitor has stored is not sent again', async () => {
    const monitor = await start({
      acknowledge: false,
      welcome: { offsets: [{ topic: Topic.LIFECYCLE, number: 1n }] },
    });
    idle({ STREAMGAUGE_MONITOR_URL: monitor.url });
    await monitor.waitFor((message) => (reportOf(message)?.sequence ?? 0n) >= 3n, WITHIN_MS);
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

  test('a monitor that falls silent is left and dialled again', async () => {
    const monitor = await start({ answerPings: false, acknowledge: false, welcome: { heartbeatPeriodMillis: 400 } });
    idle({ STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_LOG: 'off' });
    let hellos = 0;
    await monitor.waitFor((message) => helloOf(message) !== undefined && ++hellos === 2, WITHIN_MS);
  });

  test('with nothing to report, the worker still says that it lives', async () => {
    const monitor = await start();
    idle({ STREAMGAUGE_MONITOR_URL: monitor.url, STREAMGAUGE_REPORT_INTERVAL_MS: '60000' });
    const hello = await monitor.waitFor(helloOf, WITHIN_MS);
    const heartbeat = await monitor.waitFor(({ body }) => body.case === 'heartbeat' && body.value, WITHIN_MS);
    expect(heartbeat.periodMillis).toBe(hello.heartbeatPeriodMillis);
  });
});
