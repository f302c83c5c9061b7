import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type FakeMonitor, startFakeMonitor } from './fake-monitor.ts';
import { runProgram } from './run-program.ts';

// The guest never hurts the host, whatever happens to the guest.
let monitor: FakeMonitor | undefined;
afterEach(async () => {
  await monitor?.close();
  monitor = undefined;
});

const preload = (name: string): string => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));

test('when the agent thread is gone, the worker goes on and says so in one line', async () => {
  monitor = await startFakeMonitor();
  const { code, stderr, stdout } = await runProgram({
    program: 'ends.mjs',
    args: ['exit-3', '1500'],
    preloads: [preload('terminate-threads.mjs')],
    env: { STREAMGAUGE_MONITOR_URL: monitor.url },
  });
  expect(code).toBe(3);
  expect(stdout).toContain('exit event 3');
  expect(stderr.trim()).toMatch(/^streamgauge: switched off because its thread is gone: [^\n]*$/);
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
