/**
 * What a monitor costs that serves many workers: its processor time, its memory, how soon /healthz answers, and whether it takes
 * anybody for lost or standing who is not.
 *
 * usage: node scale.ts [--json] [--workers N] [--operators N] [--seconds N]
 * Workers are made of frames, in processes of their own on the same machine; they report once a second. Ends with 1 when a
 * connection was lost, an incident was opened, or no figure could be taken.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2000' },
    operators: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
  },
});
const json = options.json === true;
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WORKERS = fileURLToPath(new URL('./scale-workers.ts', import.meta.url));
const PER_PROCESS = 500;
const HEALTH_PAUSE_MS = 100;
/** Ticks of the clock by which Linux counts processor time: sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;
const CONNECT_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-scale-'));
const config = join(folder, 'streamgauge.config.json');
writeFileSync(config, JSON.stringify({ maxConnections: Number(options.workers) + 100 }));
const monitor = spawn(process.execPath, [CLI, 'monitor', '--port', '0', '--data', folder, '--config', config], {
  // A line for each worker that comes and goes would be most of what it does.
  env: { ...process.env, STREAMGAUGE_LOG: 'error' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = /http:\/\/\S+/.exec(await firstLine(monitor, /http:\/\//))?.[0] ?? '';
const loads = Array.from({ length: Math.ceil(Number(options.workers) / PER_PROCESS) }, (_, index) => {
  const from = index * PER_PROCESS;
  const count = Math.min(PER_PROCESS, Number(options.workers) - from);
  return spawn(
    process.execPath,
    [
      '--conditions=streamgauge-source',
      '--no-warnings',
      WORKERS,
      url.replace(/^http/, 'ws'),
      String(from),
      String(count),
      String(options.operators),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
});
const timeout = setTimeout(() => fail(`Not all workers were connected within ${CONNECT_MS} ms.`), CONNECT_MS);
await Promise.all(loads.map((load) => firstLine(load, /^connected/)));
clearTimeout(timeout);

const answersMs: number[] = [];
const memories: number[] = [];
const before = processorSeconds(monitor);
const startMs = performance.now();
while (performance.now() - startMs < Number(options.seconds) * 1000) {
  const askedMs = performance.now();
  const answer = await fetch(new URL('/healthz', url));
  await answer.arrayBuffer();
  if (answer.status !== 200) fail(`/healthz answered ${answer.status}.`);
  answersMs.push(performance.now() - askedMs);
  memories.push(memoryMiB(monitor));
  await new Promise((resolve) => setTimeout(resolve, HEALTH_PAUSE_MS));
}
const seconds = (performance.now() - startMs) / 1000;
const share = (processorSeconds(monitor) - before) / seconds;
const { incidents } = (await (await fetch(new URL('/api/v1/incidents', url))).json()) as { incidents: unknown[] };
const ends = await Promise.all(
  loads.map(async (load) => {
    const line = firstLine(load, /^ended/);
    load.stdin?.end();
    return /late (\d+) lost (\d+)/.exec(await line);
  }),
);
monitor.kill('SIGTERM');
await once(monitor, 'exit');
rmSync(folder, { recursive: true, force: true });

const sorted = answersMs.toSorted((left, right) => left - right);
const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] as number;
const lost = ends.reduce((sum, end) => sum + Number(end?.[2]), 0);
const late = ends.reduce((sum, end) => sum + Number(end?.[1]), 0);
const one = (name: string, value: number, unit: string): void =>
  printFigure({ name: `scale.${name}`, value, min: value, max: value, runs: 1, unit }, json);
one('monitor.processor', share, 'processors');
printFigure({ name: 'scale.monitor.memory', ...spreadOf(memories), unit: 'MiB' }, json);
printFigure({ name: 'scale.healthz', ...spreadOf(answersMs), unit: 'ms' }, json);
one('healthz.p99', p99, 'ms');
one('connections.lost', lost, 'connections');
one('reports.late', late, 'reports');
one('incidents', incidents.length, 'incidents');
printFigure(
  {
    name: 'environment',
    ...describeEnvironment(),
    workers: Number(options.workers),
    operators: Number(options.operators),
    seconds: Math.round(seconds),
  },
  json,
);
process.exit(lost > 0 || incidents.length > 0 ? 1 : 0);

function firstLine(child: ChildProcess, matches: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('The output of the process is not read.');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (matches.test(line)) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`A process ended with code ${code}.`)));
  });
}

/** Of all its threads. */
function processorSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function memoryMiB({ pid }: ChildProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function fail(reason: string): never {
  console.error(reason);
  monitor.kill('SIGKILL');
  for (const load of loads) load.kill('SIGKILL');
  process.exit(1);
}
