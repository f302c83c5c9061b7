/**
 * What a worker pays when its monitor is away, is silent, or does not read, and when it is well, against a bare worker: its throughput,
 * by time that passes and by processor time of the whole process, and whether its memory stays as it was.
 *
 * usage: node absent.ts [--json] [--processes N] [--pairs N] [--work MICROSECONDS] [--only VARIANT]... [--anew] [--processor N | --spread]
 * A bare and an attached process stand side by side, and one of them works at a time: equal flows in turn, a second or so each, so that both
 * meet the same machine. Each has one pipeline for as long as it lives, or with --anew one for each flow. The ratio of a pair is that of two
 * neighbouring flows, that of two processes the median of their pairs, and what is printed the median of several processes, with the least and
 * the most. Both are held to one processor (by default the last one), so that all that the agent does is missing to its worker; --spread leaves
 * them all processors. Ends with 1 when throughput is less than 0.99 of bare or memory has grown: on a machine that does something else at the
 * same time, it says more of that.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  absentMonitor,
  blackHole,
  type Counterpart,
  goodMonitor,
  stoppedMonitor,
  unreadingMonitor,
} from './absent-monitors.ts';
import { type Memory, type Taken, Worker } from './absent-worker.ts';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    processes: { type: 'string', default: '3' },
    pairs: { type: 'string', default: '20' },
    work: { type: 'string', default: '20' },
    only: { type: 'string', multiple: true, default: [''] },
    anew: { type: 'boolean', default: false },
    processor: { type: 'string', default: String(cpus().length - 1) },
    spread: { type: 'boolean', default: false },
  },
});
const json = options.json === true;
const processor = options.spread ? undefined : options.processor;
/** V8 compiles what an agent does a few times a second for some ten seconds. */
const WARM_UP_SECONDS = 12;
/**
 * Of one flow: a second or so. While the other process works an operator has nothing to do, and so it counts as a slow one when it begins again.
 */
const RECORDS = 60_000;
const WANTED = 0.99;
/** What V8 adds to a program that has run for a few seconds only, and what an allocator keeps. */
const HEAP_TOLERANCE_MIB = 1;
const RESIDENT_TOLERANCE_MIB = 24;

const COUNTERPARTS: Readonly<Record<string, () => Promise<Counterpart>>> = {
  monitored: goodMonitor,
  absent: absentMonitor,
  stopped: stoppedMonitor,
  'black-hole': blackHole,
  unread: unreadingMonitor,
};

/** What two processes side by side have shown. */
interface Comparison {
  readonly throughput: number;
  readonly processor: number;
  /** What the main thread of the attached process takes more for each record, nanoseconds. */
  readonly mainNano: number;
  /** What the other threads of the attached process take more than those of the bare one, milliseconds of each second. */
  readonly threadsMs: number;
  readonly before: Memory;
  readonly after: Memory;
}

const faults: string[] = [];
const loops = await calibrate();
for (const [variant, start] of Object.entries(COUNTERPARTS)) {
  if (!options.only.some((text) => variant.includes(text))) continue;
  const counterpart = await start();
  try {
    const comparisons: Comparison[] = [];
    for (let at = 0; at < Number(options.processes); at++) comparisons.push(await compare(counterpart.url));
    tell(variant, comparisons);
  } finally {
    await counterpart.end();
  }
}
const { pairs, work } = options;
printFigure(
  {
    name: 'environment',
    ...describeEnvironment(),
    pairs: Number(pairs),
    workMicroseconds: Number(work),
    pipeline: options.anew ? 'one for each flow' : 'one',
    heldToProcessor: processor ?? 'none',
  },
  json,
);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** How many loops make the wanted work here. */
async function calibrate(): Promise<number> {
  const probe = 20_000;
  const worker = new Worker(undefined, processor, options.anew);
  await worker.warmUp(1, RECORDS / 100, probe);
  const [idle, busy] = [await worker.flow(RECORDS, 0), await worker.flow(RECORDS / 10, probe)];
  worker.end();
  return Math.max(1, Math.round((probe * Number(options.work) * 1000) / (busy.mainNano - idle.mainNano)));
}

async function compare(monitorUrl: string): Promise<Comparison> {
  const start = (url?: string): Worker => new Worker(url, processor, options.anew);
  const [bare, attached] = [start(), start(monitorUrl)];
  try {
    await Promise.all([bare, attached].map((worker) => worker.warmUp(WARM_UP_SECONDS, RECORDS / 20, loops)));
    const before = await attached.memory();
    const taken: { readonly bare: Taken; readonly attached: Taken }[] = [];
    for (let pair = 0; pair < Number(options.pairs); pair++) {
      // Whoever comes second finds another machine than the first: they take turns.
      const first = await (pair % 2 === 0 ? bare : attached).flow(RECORDS, loops);
      const second = await (pair % 2 === 0 ? attached : bare).flow(RECORDS, loops);
      taken.push(pair % 2 === 0 ? { bare: first, attached: second } : { bare: second, attached: first });
    }
    const median = (figure: (of: { readonly bare: Taken; readonly attached: Taken }) => number): number =>
      spreadOf(taken.map(figure)).value;
    return {
      throughput: median((of) => of.bare.passedNano / of.attached.passedNano),
      processor: median((of) => of.bare.processorNano / of.attached.processorNano),
      mainNano: median((of) => of.attached.mainNano - of.bare.mainNano),
      threadsMs: median((of) => otherThreadsMs(of.attached) - otherThreadsMs(of.bare)),
      before,
      after: await attached.memory(),
    };
  } finally {
    bare.end();
    attached.end();
  }
}

/** What all threads but the main one take, milliseconds of processor time for each second that passes. */
function otherThreadsMs({ processorNano, mainNano, passedNano }: Taken): number {
  return ((processorNano - mainNano) / passedNano) * 1000;
}

function tell(variant: string, comparisons: readonly Comparison[]): void {
  const figure = (name: string, unit: string, of: (comparison: Comparison) => number): number => {
    const spread = spreadOf(comparisons.map(of));
    printFigure({ name: `absent.${variant}.${name}`, ...spread, unit, peer: 'bare' }, json);
    return spread.value;
  };
  const throughput = figure('throughput', 'ratio', (comparison) => comparison.throughput);
  figure('processor', 'ratio', (comparison) => comparison.processor);
  figure('main', 'ns/record', (comparison) => comparison.mainNano);
  figure('threads', 'ms/s', (comparison) => comparison.threadsMs);
  const heapMiB = figure('heap.growth', 'MiB', ({ before, after }) => (after.heapBytes - before.heapBytes) / 2 ** 20);
  const residentMiB = figure(
    'resident.growth',
    'MiB',
    ({ before, after }) => (after.residentBytes - before.residentBytes) / 2 ** 20,
  );
  if (throughput < WANTED) faults.push(`With the monitor ${variant}, throughput is ${throughput.toFixed(3)} of bare.`);
  for (const [kind, grownMiB, toleranceMiB] of [
    ['heap', heapMiB, HEAP_TOLERANCE_MIB],
    ['resident', residentMiB, RESIDENT_TOLERANCE_MIB],
  ] as const)
    if (grownMiB > toleranceMiB) faults.push(`${kind} of ${variant} has grown by ${grownMiB.toFixed(1)} MiB.`);
}
