/**
 * What a worker pays when its monitor is away, is silent, or does not read, against a bare worker and one whose monitor is well: its
 * throughput, by processor time of the whole process and by time that passes, and whether its memory stays as it was.
 *
 * usage: node absent.ts [--json] [--rounds N] [--seconds N] [--work MICROSECONDS] [--long SECONDS] [--only VARIANT]...
 * All variants run in turn, in another order each round; the figure is the median of the rounds' ratios. One longer run of each tells
 * of memory. Ends with 1 when the median is less than 0.99 of bare or memory has grown: on a machine that does something else at the
 * same time, it says more of that.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  absentMonitor,
  blackHole,
  type Counterpart,
  goodMonitor,
  stoppedMonitor,
  unreadingMonitor,
} from './absent-monitors.ts';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '3' },
    work: { type: 'string', default: '20' },
    long: { type: 'string', default: '60' },
    only: { type: 'string', multiple: true, default: [''] },
  },
});
const json = options.json === true;
const PROGRAM = fileURLToPath(new URL('./absent-program.mjs', import.meta.url));
const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;
/** How long every process runs before it is measured. */
const WARM_UP_SECONDS = 10;
/** Of one flow. */
const RECORDS = 20_000;
const WANTED = 0.99;
/** What V8 adds to a program that has run for a few seconds only, and what an allocator keeps. */
const HEAP_TOLERANCE_MIB = 1;
const RESIDENT_TOLERANCE_MIB = 24;

const COUNTERPARTS = {
  monitored: goodMonitor,
  absent: absentMonitor,
  stopped: stoppedMonitor,
  'black-hole': blackHole,
  unread: unreadingMonitor,
} satisfies Record<string, () => Promise<Counterpart>>;
type Variant = 'bare' | keyof typeof COUNTERPARTS;
const attached = (Object.keys(COUNTERPARTS) as (keyof typeof COUNTERPARTS)[]).filter((variant) =>
  options.only.some((text) => variant.includes(text)),
);
const variants: readonly Variant[] = ['bare', ...attached];

interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

interface Run {
  readonly processorNano: number;
  readonly mainNano: number;
  readonly passedNano: number;
  readonly before: Memory;
  readonly after: Memory;
}

const counterparts = new Map<Variant, Counterpart>();
for (const variant of attached) counterparts.set(variant, await COUNTERPARTS[variant]());
const faults: string[] = [];
try {
  const loops = await calibrate();
  const rounds: Record<Variant, Run>[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const runs = {} as Record<Variant, Run>;
    // Whoever comes later finds a warmer or a hotter machine: they take turns.
    const order = [...variants.slice(round % variants.length), ...variants.slice(0, round % variants.length)];
    for (const variant of round % 2 === 0 ? order : order.toReversed())
      runs[variant] = await run(variant, loops, Number(options.seconds));
    rounds.push(runs);
  }
  for (const variant of attached) {
    const ratios = spreadOf(rounds.map((runs) => runs.bare.processorNano / runs[variant].processorNano));
    const passed = spreadOf(rounds.map((runs) => runs.bare.passedNano / runs[variant].passedNano));
    const others = spreadOf(rounds.map((runs) => otherThreads(runs[variant]) - otherThreads(runs.bare)));
    printFigure({ name: `absent.${variant}.threads`, ...others, unit: 'ms/s', peer: 'bare' }, json);
    printFigure({ name: `absent.${variant}.ratio`, ...ratios, unit: 'ratio', peer: 'bare' }, json);
    printFigure({ name: `absent.${variant}.throughput`, ...passed, unit: 'ratio', peer: 'bare' }, json);
    if (ratios.value < WANTED)
      faults.push(`With the monitor ${variant}, throughput is ${ratios.value.toFixed(3)} of bare.`);
  }
  printFigure(
    { name: 'absent.record', ...spreadOf(rounds.map(({ bare }) => bare.processorNano)), unit: 'ns', peer: 'bare' },
    json,
  );
  if (Number(options.long) > 0)
    for (const variant of variants) tellMemory(variant, await run(variant, loops, Number(options.long)));
} finally {
  for (const counterpart of counterparts.values()) await counterpart.end();
}
printFigure(
  {
    name: 'environment',
    ...describeEnvironment(),
    rounds: Number(options.rounds),
    workMicroseconds: Number(options.work),
  },
  json,
);
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

function tellMemory(variant: Variant, { before, after }: Run): void {
  for (const [kind, from, to, toleranceMiB] of [
    ['heap', before.heapBytes, after.heapBytes, HEAP_TOLERANCE_MIB],
    ['resident', before.residentBytes, after.residentBytes, RESIDENT_TOLERANCE_MIB],
  ] as const) {
    const [start, end] = [from / 2 ** 20, to / 2 ** 20];
    const figure = { value: end - start, min: start, max: end, runs: 1, unit: 'MiB', peer: variant };
    printFigure({ name: `absent.${kind}.growth`, ...figure }, json);
    if (end - start > toleranceMiB) faults.push(`${kind} of ${variant} has grown by ${(end - start).toFixed(1)} MiB.`);
  }
}

/** What all threads but the main one take, milliseconds of processor time for each second that passes. */
function otherThreads({ processorNano, mainNano, passedNano }: Run): number {
  return ((processorNano - mainNano) / passedNano) * 1000;
}

/** How many loops make the wanted work here. */
async function calibrate(): Promise<number> {
  const probe = 20_000;
  const [idle, busy] = [await run('bare', 0, 1, 0), await run('bare', probe, 1, 0)];
  return Math.max(1, Math.round((probe * Number(options.work) * 1000) / (busy.processorNano - idle.processorNano)));
}

async function run(
  variant: Variant,
  loops: number,
  seconds: number,
  warmUpSeconds: number = WARM_UP_SECONDS,
): Promise<Run> {
  const attach = variant === 'bare' ? [] : ['--import', REGISTER];
  const child = spawn(
    process.execPath,
    [...attach, PROGRAM, String(RECORDS), String(loops), String(warmUpSeconds), String(seconds)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        STREAMGAUGE_LOG: 'off',
        STREAMGAUGE_JOB: 'absent',
        STREAMGAUGE_MONITOR_URL: counterparts.get(variant)?.url ?? '',
      },
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The measured program failed (${variant}, exit code ${code}).`);
  return JSON.parse(text) as Run;
}
