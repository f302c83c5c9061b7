/**
 * Whether anything grows in a monitor that serves many workers, and in the processes of these, over half an hour: the heap after a
 * collection, resident memory, open handles, open descriptors. Slopes are judged over the second half.
 *
 * usage: node scale.ts [--json] [--workers 2000] [--operators 20] [--minutes 30] [--every SECONDS]
 * Workers are those of `npm run bench:scale`. Ends with 1 when something grows, a connection was lost, or an incident was opened.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeEnvironment, printFigure } from '../bench/figures.ts';
import { memoryMiB, startFleet } from '../bench/scale-fleet.ts';
import { growthOver, type Look, type Tolerance } from './growth-by-slope.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2000' },
    operators: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '30' },
    every: { type: 'string', default: '15' },
  },
});
const json = options.json === true;
const PRELOAD = new URL('./look-inside.mjs', import.meta.url).href;
const ANSWER_MS = 30_000;

/** What is looked at, and by how much each may be more at the end of the second half than at its beginning. */
const KINDS = {
  heap: { unit: 'MiB', absolute: 2, share: 0.03 },
  // Pages that V8 and the allocator keep come and go; a leak outside of the heap is seen all the same.
  resident: { unit: 'MiB', absolute: 24, share: 0.1 },
  handles: { unit: 'handles', absolute: 2, share: 0 },
  descriptors: { unit: 'descriptors', absolute: 2, share: 0 },
} satisfies Record<string, Tolerance & { readonly unit: string }>;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

const fleet = await startFleet({
  workers: Number(options.workers),
  operators: Number(options.operators),
  preload: PRELOAD,
});
const processes = new Map<string, ChildProcess>([
  ['monitor', fleet.monitor],
  ['fleet', fleet.loads[0] as ChildProcess],
]);
const looks = new Map<string, Look[]>();
const startMs = performance.now();
const endMs = startMs + Number(options.minutes) * 60_000;
try {
  while (performance.now() < endMs) {
    await sleep(Math.min(Number(options.every) * 1000, endMs - performance.now()));
    for (const [who, child] of processes) await look(who, child);
  }
} catch (error) {
  fleet.kill();
  throw error;
}
const { incidents } = (await (await fetch(new URL('/api/v1/incidents', fleet.url))).json()) as { incidents: unknown[] };
const health = await fetch(new URL('/healthz', fleet.url));
const { late, lost } = await fleet.end();

const faults: string[] = [];
for (const who of processes.keys()) for (const kind of kinds) judge(who, kind);
one('connections.lost', lost, 'connections');
one('reports.late', late, 'reports');
one('incidents', incidents.length, 'incidents');
if (lost > 0) faults.push(`${lost} connections were lost.`);
if (incidents.length > 0) faults.push(`${incidents.length} incidents were opened.`);
if (health.status !== 200) faults.push(`/healthz answered ${health.status} at the end: ${await health.text()}`);
printFigure(
  {
    name: 'environment',
    ...describeEnvironment(),
    workers: Number(options.workers),
    operators: Number(options.operators),
    minutes: Number(options.minutes),
  },
  json,
);
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function look(who: string, child: ChildProcess): Promise<void> {
  const atMs = performance.now() - startMs;
  child.send('look inside');
  const [inside] = (await once(child, 'message', { signal: AbortSignal.timeout(ANSWER_MS) })) as [
    { readonly heapBytes: number; readonly handles: number },
  ];
  const seen: Record<Kind, number> = {
    heap: inside.heapBytes / 2 ** 20,
    resident: memoryMiB(child),
    handles: inside.handles,
    descriptors: readdirSync(`/proc/${child.pid}/fd`).length,
  };
  for (const kind of kinds) {
    const key = `${who} ${kind}`;
    looks.set(key, [...(looks.get(key) ?? []), { atMs, value: seen[kind] }]);
  }
  const words = kinds.map((kind) => `${kind} ${Math.round(seen[kind] * 10) / 10}`).join(', ');
  if (!json) console.log(`${(atMs / 60_000).toFixed(2)} min ${who}: ${words}`);
}

function judge(who: string, kind: Kind): void {
  const { unit, ...tolerance } = KINDS[kind];
  const seen = looks.get(`${who} ${kind}`) ?? [];
  const { grown, mean, flat } = growthOver(seen, tolerance);
  const values = seen.map(({ value }) => value);
  const range = { min: Math.min(...values), max: Math.max(...values), runs: values.length };
  printFigure({ name: `soak.${who}.${kind}`, value: mean, ...range, unit, grown }, json);
  if (!flat) faults.push(`${kind} of the ${who} has grown by ${grown.toFixed(2)} ${unit} over the second half.`);
}

function one(name: string, value: number, unit: string): void {
  printFigure({ name: `soak.${name}`, value, min: value, max: value, runs: 1, unit }, json);
}
