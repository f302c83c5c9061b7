/**
 * What a monitor costs that serves many workers: its processor time, its memory, how soon /healthz answers, and whether it takes
 * anybody for lost or standing who is not.
 *
 * usage: node scale.ts [--json] [--workers N] [--operators N] [--seconds N]
 * Workers are made of frames, in processes of their own on the same machine; they report once a second. Ends with 1 when a
 * connection was lost, an incident was opened, or no figure could be taken.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';
import { memoryMiB, startFleet } from './scale-fleet.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2000' },
    operators: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
  },
});
const json = options.json === true;
const HEALTH_PAUSE_MS = 100;
/** What it takes to let all in at once is shown by the stampede of test/faults; from here on they report. */
const WARM_UP_MS = 15_000;
/** Ticks of the clock by which Linux counts processor time: sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;

const fleet = await startFleet({ workers: Number(options.workers), operators: Number(options.operators) });
const { url, monitor } = fleet;
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const answersMs: number[] = [];
const memories: number[] = [];
const before = processorSeconds(monitor);
const startMs = performance.now();
while (performance.now() - startMs < Number(options.seconds) * 1000) {
  const askedMs = performance.now();
  const answer = await fetch(new URL('/healthz', url));
  const said = await answer.text();
  if (answer.status !== 200) {
    fleet.kill();
    throw new Error(`/healthz answered ${answer.status}: ${said}`);
  }
  answersMs.push(performance.now() - askedMs);
  memories.push(memoryMiB(monitor));
  await new Promise((resolve) => setTimeout(resolve, HEALTH_PAUSE_MS));
}
const seconds = (performance.now() - startMs) / 1000;
const share = (processorSeconds(monitor) - before) / seconds;
const { incidents } = (await (await fetch(new URL('/api/v1/incidents', url))).json()) as { incidents: unknown[] };
const { late, lost } = await fleet.end();

const sorted = answersMs.toSorted((left, right) => left - right);
const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] as number;
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

/** Of all its threads. */
function processorSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
