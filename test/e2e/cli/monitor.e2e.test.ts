import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HandMadeWorker } from '../../support/hand-made-worker.ts';
import { whenFinished } from '../../support/test-end.ts';
import { runCli, startCli } from '../harness/cli.ts';
import { startMonitorProcess } from '../harness/monitor.ts';
import { until } from '../harness/until.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'streamgauge-cli-'));
  whenFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** One line on stderr without a stack trace. */
const ONE_LINE = /^streamgauge: [^\n]+\n$/;

describe.concurrent('streamgauge monitor', () => {
  test('prints its address first and answers there', async () => {
    const monitor = await startMonitorProcess();
    expect(monitor.process.stdout().split('\n')[0]).toContain(monitor.url);
    expect((await fetch(new URL('/healthz', monitor.url))).status).toBe(200);
  });

  test.for(['SIGTERM', 'SIGINT'] as const)('drains and exits with 0 on %s', async (signal) => {
    const monitor = await startMonitorProcess(['--data', folder()]);
    monitor.process.kill(signal);
    expect(await monitor.process.ended).toEqual({ code: 0, signal: null });
    expect(monitor.process.stderr()).not.toMatch(/\n {4}at /);
  });

  test('goes on when the reader of its output and of its log goes away', async () => {
    const monitor = await startMonitorProcess();
    monitor.process.child.stdout?.destroy();
    monitor.process.child.stderr?.destroy();
    const worker = new HandMadeWorker(`${monitor.workerUrl}/v1/worker`);
    // Each of both is a line of the log.
    await worker.greet();
    worker.socket.terminate();
    await worker.closed;
    expect((await fetch(new URL('/healthz', monitor.url))).status).toBe(200);
    monitor.process.kill('SIGTERM');
    expect(await monitor.process.ended).toEqual({ code: 0, signal: null });
  });

  test('says that its port is taken, in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    whenFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await runCli(['monitor', '--port', String(port)]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(String(port));
    expect([code, stdout]).toEqual([1, '']);
  });

  test('does not start on the data folder of another process, and leaves it alone', async () => {
    const data = folder();
    const first = await startMonitorProcess(['--data', data]);
    const { code, stdout, stderr } = await runCli(['monitor', '--port', '0', '--data', data]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(`${data} is in use by another monitor; stop it, or give this one its own folder`);
    expect([code, stdout]).toEqual([1, '']);
    expect((await fetch(new URL('/readyz', first.url))).status).toBe(200);
  });

  test('says that its data folder cannot be written, in one line', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const { code, stdout, stderr } = await runCli(['monitor', '--port', '0', '--data', join(file, 'below')]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toContain(file);
    expect([code, stdout]).toEqual([1, '']);
  });

  test.for<[string, string | undefined, RegExp]>([
    ['is not there', undefined, /could not be read/],
    ['is no JSON', '{ "port": ', /could not be read/],
    ['has an unknown setting', '{ "stallAfterMS": 5000 }', /stallAfterMs/],
    ['has a setting that does not fit', '{ "stallAfterMs": "long" }', /stallAfterMs/],
  ])('says that its configuration %s, in one line', async ([, content, line]) => {
    const file = join(folder(), 'streamgauge.config.json');
    if (content !== undefined) writeFileSync(file, content);
    const { code, stdout, stderr } = await runCli(['monitor', '--port', '0', '--config', file]);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(line);
    expect([code, stdout]).toEqual([2, '']);
  });

  test.for(['65536', '1.5'])('refuses the port %s in one line', async (port) => {
    const { code, stderr } = await runCli(['monitor', '--port', port]);
    expect(stderr).toMatch(ONE_LINE);
    expect(code).toBe(2);
  });

  test('does not listen on a public address without a token', async () => {
    const { code, stderr } = await runCli(['monitor', '--port', '0', '--host', '0.0.0.0']);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).toMatch(/token/);
    expect(code).toBe(2);
  });

  test('takes its token from a file, and looks at it again on SIGHUP', async () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'a-token-of-enough-letters\n');
    const cli = startCli(['monitor', '--port', '0', '--token-file', file]);
    const url = /http:\/\/\S+/.exec(await cli.line(/http:\/\//, 10_000))?.[0] ?? '';
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(new URL('/api/v1/jobs', url), { headers })).status;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: 'Bearer a-token-of-enough-letters' })).toBe(200);
    writeFileSync(file, 'one-more-token-of-enough-letters\n');
    cli.kill('SIGHUP');
    await until('the look', 10_000, () => /files and certificates were looked at/.test(cli.stderr()) || undefined);
    expect(await statusWith({ authorization: 'Bearer a-token-of-enough-letters' })).toBe(401);
    expect(await statusWith({ authorization: 'Bearer one-more-token-of-enough-letters' })).toBe(200);
  });
});
