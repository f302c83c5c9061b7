import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { whenFinished } from '../../support/test-end.ts';
import { launch } from '../harness/launch.ts';
import { startTestMonitor } from '../harness/monitor.ts';
import { program, ROOT } from '../harness/paths.ts';
import {
  gate,
  listeningPorts,
  NODE,
  NODE_MAJOR,
  OWN_NODE,
  ownErrors,
  runTool,
  startTarget,
} from '../harness/target.ts';
import { until } from '../harness/until.ts';

/** Longer than any test: the gate ends what it is given to. */
const LONG_MS = '60000';

function lineOf(name: string, text: string): number {
  return readFileSync(program(name), 'utf8').split(text)[0]?.split('\n').length ?? 0;
}

// At the same time, because to start processes and to wait for an incident takes longer than what is done to them.
describe.concurrent('attaching to a program that was started without the agent', () => {
  test('works while it spins: the incident names the line, and the program goes on and ends as it would have', async () => {
    const monitor = await startTestMonitor();
    const end = gate();
    const target = startTarget('blocked.mjs', ['sync-loop', LONG_MS, end.path]);
    await target.line(/^blocking/, 10_000);
    const { code, stdout } = await runTool(
      ...['attach', String(target.pid), '--job', 'spin', '--worker', 'w', '--monitor', monitor.url],
    );
    expect(stdout).toMatch(
      /^attached to process \d+ as worker "w" of job "spin"\nstreams: 3 pipes .*\n.*detach \d+\n$/,
    );
    expect(code).toBe(0);
    expect(listeningPorts(target.pid)).toEqual([]);
    // A machine that does not let it run for a while makes it look like a native call at first, and its place may come later.
    const incident = await monitor.waitForIncident(
      ({ job, mechanism, evidence }) => job === 'spin' && mechanism === 'loop-blocked' && evidence.location !== null,
      8000,
    );
    expect(incident.state).toBe('open');
    expect(incident.evidence.location).toMatchObject({
      file: program('blocked.mjs'),
      line: lineOf('blocked.mjs', 'the looping line'),
    });
    expect(target.stdout()).not.toContain('unblocked');
    end.open();
    await target.line(/^unblocked/, 10_000);
    // The streams that were there before are on the board now, and move.
    await monitor.waitForGraph(
      'spin',
      ({ operators, edges }) =>
        edges.length === 3 && operators.some(({ name, recordsIn }) => name === 'Keep' && recordsIn > 0),
      5000,
    );
    expect(listeningPorts(target.pid)).toEqual([]);
    target.child.stdin?.end();
    expect(await target.ended).toEqual({ code: 0, signal: null });
    expect(ownErrors(target.stderr())).toBe('');
  });

  test('works while it hangs in an await: the incident names the operator and the line', async () => {
    const monitor = await startTestMonitor();
    const end = gate();
    const target = startTarget('stuck.mjs', ['await', LONG_MS, end.path]);
    await until('its server', 5000, () => (listeningPorts(target.pid).length > 0 ? true : undefined));
    const { code } = await runTool('attach', String(target.pid), '--job', 'hang', '--monitor', monitor.url);
    expect(code).toBe(0);
    const incident = await monitor.waitForIncident(
      ({ job, mechanism }) => job === 'hang' && mechanism === 'await-pending',
      8000,
    );
    expect(incident.operator).toBe('Enrich');
    expect(incident.evidence.location).toMatchObject({
      file: program('stuck.mjs'),
      line: lineOf('stuck.mjs', 'the awaiting line'),
    });
    end.open();
    expect(await target.ended).toEqual({ code: 0, signal: null });
    expect(ownErrors(target.stderr())).toBe('');
  });

  test('is undone by detaching: everything shared is as at the start, and a second attach works', async () => {
    const monitor = await startTestMonitor();
    const target = startTarget('prototypes.mjs');
    await target.line(/^ready/, 10_000);
    const check = async (number: number): Promise<string> => {
      target.child.stdin?.write('\n');
      return (await target.line(new RegExp(`^check ${number}:`), 5000)).replace(/^check \d+: /, '');
    };
    for (const round of [0, 1]) {
      const worker = `round-${round}`;
      const settings = ['--job', 'proto', '--worker', worker, '--monitor', monitor.url];
      expect(await runTool('attach', String(target.pid), ...settings)).toMatchObject({ code: 0 });
      await monitor.waitForGraph(
        'proto',
        ({ operators }) => operators.some((one) => one.worker === worker && one.kind === 'sink' && one.recordsIn > 5),
        5000,
      );
      expect(await check(2 * round + 1)).toContain('Readable.pipe');
      const detached = await runTool('detach', String(target.pid));
      expect(detached).toMatchObject({
        code: 0,
        stdout: `detached from process ${target.pid}, which was worker "${worker}" of job "proto"\n`,
      });
      expect(await check(2 * round + 2)).toBe('as at the start');
      await until('its leaving', 3000, async () => {
        const { state } = await monitor.get<{ readonly state: string }>(`/api/v1/workers/${worker}`);
        return state === 'left' ? true : undefined;
      });
    }
    expect(listeningPorts(target.pid)).toEqual([]);
    target.child.stdin?.end();
    expect(await target.ended).toEqual({ code: 3, signal: null });
    expect(ownErrors(target.stderr())).toBe('');
  });
});

test('a Node.js that cannot require ES modules imports the agent when its event loop turns', async () => {
  const target = startTarget('prototypes.mjs', [], {
    nodeArguments: ['--inspect-port=127.0.0.1:0', '--no-experimental-require-module'],
  });
  await target.line(/^ready/, 10_000);
  const { code, stdout, stderr } = await runTool('attach', String(target.pid), '--job', 'old');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('streams: 2 pipes that were there before are followed');
});

describe.concurrent('attaching is refused in one line', () => {
  test.runIf(OWN_NODE)('for a program that is not Node.js, which goes on running', async () => {
    const sleep = launch('sleep', ['30']);
    const { code, stderr } = await runTool('attach', String(sleep.pid));
    expect(stderr).toMatch(/^streamgauge: process \d+ is not Node\.js: it runs ".*"\.\n$/);
    expect(code).toBe(1);
    expect(sleep.child.exitCode ?? sleep.child.signalCode).toBeNull();
  });

  test.runIf(OWN_NODE)('for a process that is not there', async () => {
    const { code, stderr } = await runTool('attach', '2147483646');
    expect(stderr).toBe('streamgauge: there is no process 2147483646; look it up with: pgrep -a node\n');
    expect(code).toBe(1);
  });

  test('for a program that handles SIGUSR1 itself', async () => {
    const target = startTarget('signal-handler.mjs');
    await target.line(/^ready/, 10_000);
    const { code, stderr } = await runTool('attach', String(target.pid));
    expect(stderr).toMatch(
      /^streamgauge: process \d+ handles SIGUSR1 itself, so its inspector stays closed; [^\n]*\n$/,
    );
    expect(code).toBe(1);
    expect(target.child.exitCode).toBeNull();
  });

  if (NODE_MAJOR <= 20)
    console.warn('skipped: Node.js 20 has no --disable-sigusr1, so no program can keep its inspector closed');
  test.runIf(NODE_MAJOR > 20)('for a program that keeps its inspector closed, which SIGUSR1 would end', async () => {
    const target = startTarget('prototypes.mjs', [], { nodeArguments: ['--disable-sigusr1'] });
    await target.line(/^ready/, 10_000);
    const { code, stderr } = await runTool('attach', String(target.pid));
    expect(stderr).toMatch(/^streamgauge: process \d+ was started with --disable-sigusr1, [^\n]*\n$/);
    expect(code).toBe(1);
    target.child.stdin?.end();
    expect(await target.ended).toEqual({ code: 3, signal: null });
  });

  test('for a program whose port another process holds', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    whenFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const target = startTarget('prototypes.mjs', [], { nodeArguments: [`--inspect-port=127.0.0.1:${port}`] });
    await target.line(/^ready/, 10_000);
    const { code, stderr } = await runTool('attach', String(target.pid));
    expect(stderr).toMatch(
      new RegExp(`^streamgauge: process \\d+ would open its inspector on port ${port}, which another [^\\n]*\\n$`),
    );
    expect(code).toBe(1);
    expect(target.stderr()).toBe('');
  });

  test('for a program that somebody debugs, whose inspector stays open; and not once the debugger is gone', async () => {
    const target = startTarget('prototypes.mjs', [], { nodeArguments: ['--inspect=127.0.0.1:0'] });
    await target.line(/^ready/, 10_000);
    const url = /ws:\S+/.exec(target.stderr())?.[0] ?? '';
    const debug = new WebSocket(url);
    await once(debug, 'open');
    const busy = await runTool('attach', String(target.pid));
    expect(busy.stderr).toMatch(/^streamgauge: a debugger is connected to process \d+ \(port \d+\); [^\n]*\n$/);
    expect(busy.code).toBe(1);
    expect(debug.readyState).toBe(WebSocket.OPEN);
    debug.close();
    await once(debug, 'close');
    expect(await runTool('attach', String(target.pid))).toMatchObject({ code: 0, stderr: '' });
    expect(listeningPorts(target.pid)).toEqual([Number(new URL(url).port)]);
  });

  test.runIf(OWN_NODE)('for a program that has the agent, and detaching from one that has none', async () => {
    const target = startTarget('prototypes.mjs');
    await target.line(/^ready/, 10_000);
    const none = await runTool('detach', String(target.pid));
    expect(none).toMatchObject({ code: 1, stderr: `streamgauge: process ${target.pid} has no agent.\n` });
    await runTool('attach', String(target.pid), '--job', 'j', '--worker', 'w');
    const again = await runTool('attach', String(target.pid));
    expect(again.stderr).toBe(`streamgauge: process ${target.pid} has the agent already, as worker "w" of job "j".\n`);
    expect(again.code).toBe(1);
  });

  test.runIf(OWN_NODE)('for a program whose environment switches the agent off', async () => {
    const target = startTarget('prototypes.mjs', [], {
      nodeArguments: ['--inspect-port=127.0.0.1:0'],
      env: { STREAMGAUGE_DISABLED: '1' },
    });
    await target.line(/^ready/, 10_000);
    const { code, stderr } = await runTool('attach', String(target.pid));
    expect(stderr).toMatch(
      /^streamgauge: the agent did not start in process \d+: its environment has STREAMGAUGE_DISABLED set\.\n$/,
    );
    expect(code).toBe(1);
  });

  test.runIf(OWN_NODE)('for a token file that is not there, before the process is touched', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamgauge-attach-'));
    whenFinished(() => rmSync(folder, { recursive: true }));
    const { code, stderr } = await runTool('attach', '1', '--token-file', join(folder, 'none'));
    expect(stderr).toMatch(/^streamgauge: the token file ".*" cannot be read \(ENOENT\)\.\n$/);
    expect(code).toBe(2);
  });
});

test.each(['require', 'import'])('--%s starts the agent before the program, and says nothing', async (way) => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'agent/package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  const entry = exports['./register']?.[way === 'require' ? 'require' : 'default'] ?? '';
  const running = "globalThis[Symbol.for('streamgauge.agent.running')]?.running";
  const program = launch(NODE, [`--${way}`, join(ROOT, 'agent', entry), '-p', running]);
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect([program.stdout(), program.stderr()]).toEqual(['true\n', '']);
});

test(`the programs and the command run under the Node.js that is tested, ${NODE_MAJOR}`, async () => {
  const asked = launch(NODE, ['-p', 'process.versions.node']);
  await asked.ended;
  expect(asked.stdout()).toMatch(new RegExp(`^${NODE_MAJOR}\\.`));
});
