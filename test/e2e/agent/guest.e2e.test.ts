import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, SampleKind, SampleRequestSchema } from '@streamgauge/proto';
import { afterEach, expect, test, vi } from 'vitest';
import { type FakeMonitor, startFakeMonitor } from './fake-monitor.ts';
import { runProgram, startProgram } from './run-program.ts';

// The guest never hurts the host, whatever happens to the guest.
let monitor: FakeMonitor | undefined;
afterEach(async () => {
  await monitor?.close();
  monitor = undefined;
});

const preload = (name: string): string => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));

test('when the agent thread is gone in the middle of a look, the worker goes on and says so in one line', async () => {
  const fake = await startFakeMonitor();
  monitor = fake;
  const folder = await mkdtemp(join(tmpdir(), 'streamgauge-guest-'));
  const release = join(folder, 'release');
  const running = startProgram({
    program: 'stuck.mjs',
    args: ['nothing', '60000', release],
    preloads: [preload('terminate-threads.mjs')],
    env: { STREAMGAUGE_MONITOR_URL: fake.url },
  });
  try {
    await fake.waitFor(({ body }) => body.case === 'hello', 10_000);
    // A look of several seconds, so that the thread ends in the middle of it, whatever the machine is busy with.
    const value = create(SampleRequestSchema, { requestId: 'long', kinds: [SampleKind.CPU], durationMillis: 5000 });
    fake.send({ case: 'sampleRequest', value });
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.child.kill('SIGUSR2');
    await vi.waitFor(() => expect(running.stderr()).toContain('its thread is gone'), 10_000);
    await writeFile(release, '');
    const { code, stderr } = await running.ended;
    expect({ code, line: stderr.trim() }).toEqual({
      code: 0,
      line: expect.stringMatching(/^streamgauge: switched off because its thread is gone: [^\n]*$/),
    });
  } finally {
    running.child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

test('where threads are not allowed, the agent stays off and the program runs', async () => {
  const [major] = process.versions.node.split('.').map(Number);
  const { code, stderr, stdout } = await runProgram({
    program: 'ends.mjs',
    args: ['exit-3', '100'],
    node: process.execPath,
    nodeArgs: [(major ?? 0) >= 23 ? '--permission' : '--experimental-permission', '--allow-fs-read=*'],
  });
  expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({ code: 3, last: 'exit event 3' });
  expect(stderr.split('\n').filter((line) => line.startsWith('streamgauge:'))).toEqual([
    expect.stringMatching(/The agent stays off\.$/),
  ]);
});

test('an exit in the moment a native call returns is not held up by a look that was waiting for it', async () => {
  monitor = await startFakeMonitor({ welcome: { settings: { loopBlockedMillis: 200 } } });
  const { code, stderr } = await runProgram({
    program: 'exit-after-native.mjs',
    args: ['1000'],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  expect({ code, stderr }).toEqual({ code: 5, stderr: '' });
});

test('code can start the agent, once, and make operators of functions', async () => {
  monitor = await startFakeMonitor();
  const { code, stdout, stderr } = await runProgram({
    program: 'start-in-code.mjs',
    args: [monitor.url],
    agent: false,
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'same true running true',
    'before 2 unchanged true',
    'counted 42',
    'no fault while it runs',
    'running false',
    'SG_AGENT_SETTINGS 2',
  ]);
  expect(code).toBe(0);
});

test('started in code where it cannot run, the agent comes back switched off, says so in one line, and undoes what it did', async () => {
  const start = `
    import { Readable } from 'node:stream';
    import { startAgent } from '${new URL('../../../agent/dist/index.js', import.meta.url).href}';
    const { pipe } = Readable.prototype;
    const listeners = process.listenerCount('exit');
    Object.freeze(globalThis);
    const { running } = startAgent();
    console.log(running, Readable.prototype.pipe === pipe, process.listenerCount('exit') - listeners);`;
  const { code, stdout, stderr } = await runProgram({
    program: 'ends.mjs',
    agent: false,
    nodeArgs: ['--input-type=module', '--eval', start],
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'false true 0\n' });
  expect(stderr).toMatch(/^streamgauge: [^\n]*[^.]\. The agent stays off\.\n$/);
});

test('a program given on the command line is watched as well', async () => {
  const { code, stdout, stderr } = await runProgram({
    program: 'ends.mjs',
    nodeArgs: ['--eval', 'console.log("evaluated")'],
    env: { STREAMGAUGE_LOG: 'off' },
  });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'evaluated\n', stderr: '' });
});
