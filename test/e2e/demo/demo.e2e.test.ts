import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Incident } from '@streamgauge/monitor';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { whenFinished } from '../../support/test-end.ts';
import { jsonLines, runCli, startCli } from '../harness/cli.ts';
import { launch } from '../harness/launch.ts';
import { CLI_SOURCE, ROOT } from '../harness/paths.ts';
import { until } from '../harness/until.ts';

/** The issue grants a minute; a round takes about a tenth of it. */
const MINUTE_MS = 60_000;

interface Line {
  readonly event: string;
  readonly incident?: Incident;
  readonly ok?: boolean;
  readonly reason?: string;
}

/** The lines of a whole round, which must have gone well, and the incident as it was when it was first told where and why. */
async function round(fault: string): Promise<{ readonly lines: readonly Line[]; readonly incident: Incident }> {
  const { code, stdout, stderr } = await runCli(['demo', '--once', '--json', '--fault', fault]);
  const lines = jsonLines(stdout) as unknown as readonly Line[];
  expect(lines.at(-1)).toMatchObject({ event: 'demo.finished', ok: true });
  expect([code, stderr]).toEqual([0, '']);
  const incident = lines
    .map((line) => line.incident)
    .find((each) => each !== undefined && each.evidence.location !== null && each.mechanism !== 'unknown');
  return { lines, incident: incident as Incident };
}

const names = (incident: Incident): readonly string[] => incident.victims.map((victim) => victim.operator);

// One after the other: a worker that is held up by what runs beside it is an incident of its own, which fails the round.
describe('streamgauge demo --once --json', { timeout: MINUTE_MS }, () => {
  test('finds the await that never settles in enrich', async () => {
    const { incident } = await round('hang');
    expect(incident).toMatchObject({
      job: 'demo',
      worker: 'demo-worker',
      operator: 'enrich',
      mechanism: 'await-pending',
      category: 'user',
    });
    expect(incident.evidence.location?.file).toMatch(/demo\/worker\/dictionary\.js$/);
    expect(names(incident)).toEqual(expect.arrayContaining(['walk', 'read', 'tokenise']));
  });

  test('finds the sink that waits for its storage, and blames nobody upstream', async () => {
    const { incident, lines } = await round('slow-sink');
    expect(incident).toMatchObject({ operator: 'write', category: 'dependency', mechanism: 'await-pending' });
    expect(incident.evidence.location?.file).toMatch(/demo\/worker\/storage\.js$/);
    expect(names(incident)).toEqual(expect.arrayContaining(['read', 'tokenise', 'enrich']));
    // The connection has taken the record and waits for nothing.
    expect(names(incident).join(' ')).not.toContain('Socket');
    const culprits = lines.flatMap((line) => (line.incident === undefined ? [] : [line.incident.operator]));
    expect(new Set(culprits)).toEqual(new Set(['write']));
  });

  test('opens nothing when nothing is wrong', async () => {
    const { code, stdout } = await runCli(['demo', '--once', '--json', '--fault', 'none', '--duration', '5']);
    const events = jsonLines(stdout).map((line) => line.event);
    expect(events.filter((event) => String(event).startsWith('incident.'))).toEqual([]);
    expect(events.at(-1)).toBe('demo.finished');
    expect(code).toBe(0);
  });
});

describe('streamgauge demo', { timeout: MINUTE_MS }, () => {
  test('finds the endless loop in tokenise, at its line, while it runs; says so without colours where nobody watches; exports nothing, whatever the shell has set', async () => {
    let exports = 0;
    const collector = createServer((request, response) => {
      exports += 1;
      request.resume();
      response.end();
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    whenFinished(() => void collector.close());
    const { code, stdout } = await runCli(['demo', '--once', '--fault', 'spin'], {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        STREAMGAUGE_LOOP_BLOCKED_MS: '600000',
        STREAMGAUGE_STALL_AFTER_MS: '600000',
        STREAMGAUGE_CHECK_INTERVAL_MS: '60000',
        STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9',
        STREAMGAUGE_TOKEN: 'a-token-of-twenty-four-c',
        STREAMGAUGE_DISABLED: '1',
      },
    });
    expect(stdout).toMatch(/walk \d+\/s {2}read \d+\/s {2}tokenise \d+\/s {2}enrich \d+\/s {2}write \d+\/s/);
    const line = lineOf('dist/demo/worker/tokenise.js', /^ *while \(/);
    // On a busy machine it is told once before its evidence has come, and again with it.
    const known = stdout.search(/^INCIDENT .*user \/ loop-blocked$/m);
    expect(known, stdout).toBeGreaterThan(0);
    const order = [
      /^ {2}operator +tokenise /m,
      new RegExp(`^ {2}at +dist/demo/worker/tokenise\\.js:${line}:\\d+`, 'm'),
      /^Fault spin is lifted/m,
      /RESOLVED {2}tokenise moves again/,
    ].map((text) => stdout.slice(known).search(text));
    expect(order, stdout).not.toContain(-1);
    expect(order, stdout).toEqual(order.toSorted((left, right) => left - right));
    expect(stdout).not.toContain('\u001b');
    expect([code, exports]).toEqual([0, 0]);
  });

  // At the same time: how long the machine lets them wait decides nothing in these.
  test.concurrent('ends quietly when its reader has seen enough, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const command = `"$0" --conditions=streamgauge-source "$1" demo --once --json --fault hang | head -n 1`;
    const shell = launch('/bin/bash', ['-o', 'pipefail', '-c', command, process.execPath, CLI_SOURCE], {
      cwd: ROOT,
      env: { TMPDIR: folder },
    });
    expect(await shell.ended).toMatchObject({ code: 0 });
    expect(shell.stdout()).toMatch(/^\{"event":"demo\.started".*\}\n$/);
    expect(shell.stderr()).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.concurrent('stops on Ctrl-C, also while the fault is in, and leaves no worker and no folder', async () => {
    const folder = temporaryFolder();
    const cli = startCli(['demo', '--json', '--fault', 'spin'], { env: { TMPDIR: folder } });
    const pid = (JSON.parse(await cli.line(/demo\.started/, 20_000)) as { readonly pid: number }).pid;
    await cli.line(/demo\.fault-injected/, 30_000);
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.stdout()).not.toContain('demo.fault-lifted');
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.concurrent('takes its worker along when it is killed', async () => {
    const cli = startCli(['demo', '--json', '--fault', 'none'], { env: { TMPDIR: temporaryFolder() } });
    const pid = (JSON.parse(await cli.line(/demo\.started/, 20_000)) as { readonly pid: number }).pid;
    expect(isAlive(pid)).toBe(true);
    cli.kill('SIGKILL');
    await until('the end of the worker', 15_000, () => (isAlive(pid) ? undefined : true));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function lineOf(path: string, pattern: RegExp): number {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  return lines.findIndex((line) => pattern.test(line)) + 1;
}
