import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoAnswerError } from '@streamgauge/agent/external';
import { describe, expect, test } from 'vitest';
import type { Dump } from '../../../src/cli/dump/dump.ts';
import { createDeadline } from '../../../src/cli/target/deadline.ts';
import { withInspector } from '../../../src/cli/target/with-inspector.ts';
import { whenFinished } from '../../support/test-end.ts';
import { runCli } from '../harness/cli.ts';
import { launch } from '../harness/launch.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program } from '../harness/paths.ts';
import { gate, listeningPorts, NODE, OWN_NODE, ownErrors, runTool, startTarget } from '../harness/target.ts';
import { until } from '../harness/until.ts';
import { startWorker } from '../harness/worker.ts';

/** Longer than any test: the gate ends what it is given to. */
const LONG_MS = '60000';
/** For what comes at once when nobody else has the processors. */
const WITHIN_MS = 10_000;

function lineOf(name: string, text: string): number {
  return readFileSync(program(name), 'utf8').split(text)[0]?.split('\n').length ?? 0;
}

async function dumpJson(...commandArguments: readonly string[]): Promise<Dump> {
  const { code, stdout, stderr } = await runTool('dump', ...commandArguments, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return (JSON.parse(stdout) as { readonly dump: Dump }).dump;
}

// One after the other: who spins takes the processor that another one needs to be seen spinning.
describe('a dump of a program that spins and knows nothing of it', () => {
  test.each([
    ['sync-loop', 'the looping line', 'the looping line'],
    // V8 tells some of the turns by where the function begins.
    ['microtasks', 'async microtasks()', 'the endless turn'],
  ])('names the line while it is blocked by %s, and leaves nothing behind', async (kind, from, to) => {
    const end = gate();
    const target = startTarget('blocked.mjs', [kind, LONG_MS, end.path]);
    await target.line(/^blocking/, 10_000);
    // On a starved machine a dump may not come to its stacks, and says so.
    const dump = await until('the stacks', 2 * WITHIN_MS, async () => {
      const seen = await dumpJson(String(target.pid));
      return seen.running[0]?.frames[0]?.file === program('blocked.mjs') ? seen : undefined;
    });
    expect(dump).toMatchObject({ loop: 'blocked', agent: null, awaits: [] });
    const frame = dump.running[0]?.frames[0];
    expect(frame?.function).toContain(kind);
    expect(frame?.line).toBeGreaterThanOrEqual(lineOf('blocked.mjs', from));
    expect(frame?.line).toBeLessThanOrEqual(lineOf('blocked.mjs', to));
    expect(dump.missing.join()).toContain('blocked');
    expect(target.stdout()).not.toContain('unblocked');
    end.open();
    await target.line(/^unblocked/, WITHIN_MS);
    await until('the inspector closed', WITHIN_MS, () => (listeningPorts(target.pid).length === 0 ? true : undefined));
    target.child.stdin?.end();
    expect(await target.ended).toEqual({ code: 0, signal: null });
    expect(ownErrors(target.stderr())).toBe('');
  });
});

// At the same time, because most of it is waiting for processes to start and to end.
describe.concurrent('a dump of a program that knows nothing of it', () => {
  test('names the await that it hangs in, with its callers and what it waits for', async () => {
    const end = gate();
    const target = startTarget('stuck.mjs', ['await', LONG_MS, end.path]);
    const [port] = await until('its server', WITHIN_MS, () => {
      const ports = listeningPorts(target.pid);
      return ports.length > 0 ? ports : undefined;
    });
    const dump = await until('the await', 3 * WITHIN_MS, async () => {
      const seen = await dumpJson(String(target.pid));
      // It may be met in the middle of its timer.
      return seen.awaits.length > 0 && seen.running.length === 0 ? seen : undefined;
    });
    expect(dump).toMatchObject({ loop: 'turning', agent: null, operators: [] });
    const [first] = dump.awaits;
    const frames = first?.frames.filter(({ origin }) => origin === 'user') ?? [];
    expect(frames.map(({ function: name, line }) => [name.replace(/^.*\./, ''), line])).toEqual([
      ['lookUp', lineOf('stuck.mjs', 'the awaiting line')],
      ['_transform', lineOf('stuck.mjs', "kind === 'await') await")],
    ]);
    expect(dump.resources.join()).toContain(`127.0.0.1:${port}`);
    expect(dump.memory?.heapUsed).toBeGreaterThan(1e6);
    await until('the inspector closed', WITHIN_MS, () => (listeningPorts(target.pid).length === 1 ? true : undefined));
    end.open();
    expect(await target.ended).toEqual({ code: 0, signal: null });
    expect(ownErrors(target.stderr())).toBe('');
  });

  test('says what the system tells while it is inside a native call, and closes the inspector that opens at its return', async () => {
    const end = gate();
    const target = startTarget('blocked.mjs', ['exec-sync', LONG_MS, end.path]);
    await target.line(/^blocking/, 10_000);
    const dump = await dumpJson(String(target.pid));
    expect(dump).toMatchObject({ loop: 'native', process: { pid: target.pid }, running: [] });
    expect(dump.thread?.state).toBe('S');
    expect(dump.memory?.resident).toBeGreaterThan(1e6);
    expect(dump.missing.join()).toContain('inside a native call');
    end.open();
    await target.line(/^unblocked/, 10_000);
    // It opens now, because it was asked to.
    await until('the inspector to have opened and closed', 5000, () =>
      target.stderr().includes('Debugger attached') && listeningPorts(target.pid).length === 0 ? true : undefined,
    );
    target.child.stdin?.end();
    expect(await target.ended).toEqual({ code: 0, signal: null });
  });

  test.runIf(OWN_NODE)('is text for people: one fact per line, and nothing that a terminal would obey', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-dump-'));
    whenFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'evil\u001b[31m\nname.cjs');
    copyFileSync(program('spins.cjs'), join(folder, 'plain.cjs'));
    renameSync(join(folder, 'plain.cjs'), file);
    const target = launch(NODE, ['--inspect-port=127.0.0.1:0', file]);
    await target.line(/^spinning/, 10_000);
    const { code, stdout } = await runTool('dump', String(target.pid));
    expect(code).toBe(0);
    expect(stdout).toContain('event loop: blocked by JavaScript\n');
    expect(stdout).toMatch(/running now:\n {2}10 x\n {6}at spin \(.*evil\ufffd\[31m\ufffdname\.cjs:\d+:\d+\)\n/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(stdout).not.toContain('hunter2');
  });

  test.runIf(OWN_NODE)('that gets no answer in time says so in one sentence, and the inspector is closed', async () => {
    const target = startTarget('stuck.mjs', ['await', LONG_MS]);
    const before = await until('its server', WITHIN_MS, () => {
      const ports = listeningPorts(target.pid);
      return ports.length > 0 ? ports : undefined;
    });
    const asked = withInspector(target.pid, createDeadline(WITHIN_MS), () => Promise.reject(new NoAnswerError(1)));
    await expect(asked).rejects.toThrow(`process ${target.pid} does not answer in time; try again.`);
    expect(listeningPorts(target.pid)).toEqual(before);
  });

  test.runIf(OWN_NODE)('is refused for what is no Node.js, which goes on running', async () => {
    const sleep = launch('sleep', ['30']);
    const { code, stderr } = await runTool('dump', String(sleep.pid));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^streamgauge: process \d+ is not Node\.js: [^\n]*\n$/)]);
    expect(sleep.child.exitCode ?? sleep.child.signalCode).toBeNull();
  });
});

describe.concurrent('a dump of a worker with the agent', () => {
  test('tells of each operator, by process id and through the monitor', async () => {
    const monitor = await startTestMonitor({ token: 'a-token-of-the-test' });
    const worker = startWorker({
      program: program('stuck.mjs'),
      programArguments: ['await', LONG_MS],
      monitorUrl: monitor.workerUrl,
      job: 'held',
      worker: 'w 1',
      node: NODE,
      // An inspector port of its own: others on this machine may hold the usual one.
      env: { STREAMGAUGE_TOKEN: 'a-token-of-the-test', NODE_OPTIONS: '--inspect-port=127.0.0.1:0' },
    });
    await monitor.waitForGraph(
      'held',
      ({ operators }) => operators.some(({ name, inFlight }) => name === 'Enrich' && inFlight > 0),
      8000,
    );
    const held = expect.objectContaining({ name: 'Enrich', kind: 'transform', state: 'busy' });
    // On a busy machine the inspector may not open in time, and is then told from outside.
    const here = await until('the dump by process id', WITHIN_MS, async () => {
      const { stdout } = await runTool('dump', String(worker.pid), '--json');
      const { dump } = JSON.parse(stdout || '{}') as { readonly dump?: Dump };
      return dump?.agent === null ? undefined : dump;
    });
    expect(here).toMatchObject({ agent: { job: 'held', worker: 'w 1' }, loop: 'turning' });
    expect(here.operators).toContainEqual(held);

    const token = join(mkdtempSync(join(tmpdir(), 'streamgauge-dump-')), 'token');
    whenFinished(() => rmSync(join(token, '..'), { recursive: true }));
    writeFileSync(token, 'a-token-of-the-test\n');
    const there = await until('the await', WITHIN_MS, async () => {
      const asked = ['--worker', 'w 1', '--monitor', monitor.url, '--token-file', token, '--json'];
      const { code, stdout, stderr } = await runTool('dump', ...asked);
      // It gives up after five seconds, which a busy machine takes at times.
      if (code !== 0) expect(stderr).toMatch(/in time\.\n$/);
      const seen = code === 0 ? (JSON.parse(stdout) as { readonly dump: Dump }).dump : undefined;
      return seen !== undefined && seen.awaits.length > 0 ? seen : undefined;
    });
    expect(there).toMatchObject({ agent: { job: 'held', worker: 'w 1' }, process: null });
    expect(there.operators).toContainEqual(held);
    expect(there.awaits[0]?.frames.some(({ line }) => line === lineOf('stuck.mjs', 'the awaiting line'))).toBe(true);

    if (!OWN_NODE) return;
    const refused = await runTool('dump', '--worker', 'w 1', '--monitor', monitor.url);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^streamgauge: the monitor cannot tell: A token is needed/),
    });
    const unknown = await runTool('dump', '--worker', 'x', '--monitor', monitor.url, '--token-file', token);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: 'streamgauge: the monitor cannot tell: There is no worker "x".\n',
    });
  });

  test.runIf(OWN_NODE)('says that the monitor is not there', async () => {
    const { code, stderr } = await runCli(['dump', '--worker', 'w', '--monitor', 'http://127.0.0.1:9']);
    expect(stderr).toMatch(
      /^streamgauge: the monitor cannot tell: no answer from http:\/\/127\.0\.0\.1:9 \(\w+\); is it running\?\n$/,
    );
    expect(code).toBe(1);
  });
});
