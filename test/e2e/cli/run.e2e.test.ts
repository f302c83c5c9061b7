import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
import { runCli, startCli } from '../harness/cli.ts';

const node = process.execPath;

function folder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), name));
  whenFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe.concurrent('streamgauge run', () => {
  test.for([0, 3, 255])('ends with the exit code %i of the command', async (code) => {
    expect(await runCli(['run', '--', node, '-e', `process.exit(${code})`])).toMatchObject({ code, signal: null });
  });

  test('hands on what the command reads and writes', async () => {
    const cli = startCli(['run', '--', node, '-e', 'process.stdin.pipe(process.stdout); console.error("to stderr")'], {
      stdin: 'pipe',
    });
    cli.child.stdin?.end('from stdin');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.stdout()).toBe('from stdin');
    expect(cli.stderr()).toBe('to stderr\n');
  });

  test('gives the command its arguments as they are, even those that look like its own', async () => {
    const own = ['--job', 'x', '--', 'a b', '"quoted"', ''];
    const { stdout } = await runCli(['run', '--', node, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...own]);
    expect(JSON.parse(stdout)).toEqual(own);
  });

  test('gives the agent its settings and keeps the NODE_OPTIONS of the user', async () => {
    const show =
      'JSON.stringify([process.env.STREAMGAUGE_JOB, process.env.STREAMGAUGE_WORKER, process.env.STREAMGAUGE_MONITOR_URL, process.env.NODE_OPTIONS])';
    const { stdout } = await runCli(
      ['run', '--job', 'j', '--worker', 'w', '--monitor', 'http://127.0.0.1:9', '--', node, '-p', show],
      { env: { NODE_OPTIONS: '--max-old-space-size=300' } },
    );
    const [job, worker, url, options] = JSON.parse(stdout) as string[];
    expect([job, worker, url]).toEqual(['j', 'w', 'ws://127.0.0.1:9']);
    expect(options).toMatch(/^--max-old-space-size=300 .*--import=file:\/\/\S+\/register\.[tj]s$/);
  });

  test.for(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)(
    'passes %s on to the command',
    async (signal) => {
      const cli = startCli([
        'run',
        '--',
        node,
        '-e',
        `process.on('${signal}', () => { console.log('got ${signal}'); process.exit(7); }); setInterval(() => {}, 1e6); console.log('ready');`,
      ]);
      await cli.line(/ready/, 10_000);
      cli.kill(signal);
      expect(await cli.ended).toEqual({ code: 7, signal: null });
      expect(cli.stdout()).toContain(`got ${signal}`);
    },
  );

  test.for(['SIGTERM', 'SIGKILL', 'SIGINT'] as const)('ends by %s when the command did', async (signal) => {
    const end = `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1e6)`;
    expect(await runCli(['run', '--', node, '-e', end])).toMatchObject({ code: null, signal });
  });

  test('answers a command that is not there as a shell does', async () => {
    const { code, stderr } = await runCli(['run', '--', 'no-such-command-anywhere']);
    expect(stderr).toBe(
      'streamgauge: the command "no-such-command-anywhere" was not found; check its name and your PATH.\n',
    );
    expect(code).toBe(127);
  });

  test('answers a command that is no program as a shell does', async () => {
    const file = join(folder('streamgauge-run-'), 'text.txt');
    writeFileSync(file, 'text', { mode: 0o600 });
    const { code, stderr } = await runCli(['run', '--', file]);
    expect(stderr).toMatch(/^streamgauge: the command ".*text\.txt" cannot be run \(EACCES\)\.\n$/);
    expect(code).toBe(126);
  });

  test('works in a folder with a space in its name', async () => {
    const file = join(folder('streamgauge run '), 'app.mjs');
    writeFileSync(file, 'console.log("here")');
    expect(await runCli(['run', '--', node, file])).toMatchObject({ code: 0, stdout: 'here\n' });
  });
});
