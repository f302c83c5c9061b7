/**
 * What it takes to look into a worker, on every Node.js: stacks of a blocked event loop, the pause of an await dump by the size of
 * the heap, how soon the worker is back at its speed, and what many captures leave behind. The main thread runs the agent's own
 * half of the sampler, another thread the other half.
 *
 * usage: node sampling.ts [--json] [--quick] [--node MAJOR]... [--write]
 * --write puts the tables into docs/sampling.md. Ends with 1 when a wanted figure was missed.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HEAP_BUDGET } from '../../agent/src/sample/heap-budget.ts';
import { nodeBinary, type OTHER_NODE_VERSIONS } from '../support/peers.ts';
import { BLOCKED_SHAPES } from './blocked-shapes.mjs';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';
import { type SamplingRow, writeSamplingTables } from './sampling-table.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
  },
});
const json = options.json === true;
const quick = options.quick === true;

const PROGRAM = fileURLToPath(new URL('./sampling-program.mjs', import.meta.url));
const PINNED = Number.parseInt(process.versions.node, 10);
/** Captures on each Node.js, over all shapes that V8 interrupts. */
const CAPTURES = quick ? 80 : 1000;
const HEAPS_MB = quick ? { records: [15] } : { records: [15, 50, 100, 200, 500, 1000], 'small objects': [15, 200] };
const SUSPENDED = 1000;
/** The limit that the agent keeps to, and one that lets every dump through, for the curve. */
const LIMIT_MS = HEAP_BUDGET.pauseMs;
const NO_LIMIT_MS = 250_000;
const ROUNDS = quick ? 1 : 5;
/** Above this the pauses are so long that one run has to do, megabytes. */
const REPEATED_UP_TO_MB = 100;
/** The second half counts: the first few thousand fill what allocators keep. */
const LEFT_BEHIND = quick ? 10_000 : 30_000;
/** Smaller than anything that each of thousands of captures would leave; a heap moves by some ten kilobytes by itself. */
const LEFT_BYTES = 200_000;

/** What is wanted, and told by the exit code. */
const WANTED = { lookMs: 20, pauseMs: 250, sliceMs: 25, recovered: 0.95 };

let missed = 0;
const rows: SamplingRow[] = [];
for (const major of (options.node ?? [20, 22, 24, 26]).map(Number)) {
  const node = await binaryOf(major);
  if (node === undefined) continue;
  blocked(node, major);
  dumps(node, major);
  recovery(node, major);
  leak(node, major);
}
printFigure({ name: 'environment', ...describeEnvironment(), rounds: ROUNDS }, json);
if (options.write === true) writeSamplingTables(rows, describeEnvironment());
process.exitCode = missed > 0 ? 1 : 0;

/** One figure, printed and kept for the tables. */
function tell(major: number, name: string, values: readonly number[], unit: string, value?: number): number {
  const spread = spreadOf(values);
  const figure = { name, ...spread, value: value ?? spread.value, unit, peer: `node ${major}` };
  printFigure(figure, json);
  rows.push({ major, name, value: figure.value, max: spread.max });
  return figure.value;
}

function wanted(met: boolean, what: string): void {
  if (met) return;
  missed += 1;
  console.error(`missed: ${what}`);
}

/** From the request to the frames, with a session opened for it. */
function blocked(node: string, major: number): void {
  const shapes = Object.entries(BLOCKED_SHAPES);
  const interrupted = shapes.filter(([, { apart }]) => apart !== true);
  const all: number[] = [];
  for (const [name, { apart, function: wantedName }] of shapes) {
    const captures = apart === true ? 10 : Math.ceil(CAPTURES / interrupted.length);
    const { times, names } = measure<{ times: number[]; names: Record<string, number> }>(node, [
      'blocked',
      name,
      String(captures),
    ]);
    if (apart !== true) all.push(...times);
    tell(major, `sampling.blocked.${name}.p50`, times, 'ms', quantile(times, 0.5));
    tell(major, `sampling.blocked.${name}.p99`, times, 'ms', quantile(times, 0.99));
    const named = (names[wantedName] ?? 0) / times.length;
    tell(major, `sampling.blocked.${name}.named`, [named], 'share');
  }
  tell(major, 'sampling.blocked.p50', all, 'ms', quantile(all, 0.5));
  const p99 = tell(major, 'sampling.blocked.p99', all, 'ms', quantile(all, 0.99));
  wanted(p99 <= WANTED.lookMs, `a stack within ${WANTED.lookMs} ms (p99) on Node.js ${major}`);
}

interface Gap {
  readonly ms: number;
  readonly cpuMs: number;
}

interface DumpAnswer {
  readonly pause: Gap;
  readonly tookMs: number;
  readonly missing?: string;
  readonly longestSliceMs?: number;
  /** One collection of garbage. */
  readonly collectionMs?: number;
}

/**
 * The longest time for which the event loop stood, by what is in the heap and how much; then the same with the limit that the agent
 * keeps to. Where the system tells it, processor time is what counts: a busy machine makes every pause longer.
 */
function dumps(node: string, major: number): void {
  for (const [kind, sizes] of Object.entries(HEAPS_MB)) {
    for (const megabytes of sizes) {
      const run = (limitMs: number): DumpAnswer =>
        measure<DumpAnswer>(node, ['awaits', kind, String(megabytes), String(SUSPENDED), String(limitMs)]);
      const runs = Array.from({ length: megabytes > REPEATED_UP_TO_MB ? 1 : ROUNDS }, () => run(NO_LIMIT_MS));
      const name = `sampling.awaits.${kind}.${megabytes}MB`;
      const wallMs = tell(
        major,
        `${name}.pause`,
        runs.map(({ pause }) => pause.ms),
        'ms',
      );
      const cpuMs = tell(
        major,
        `${name}.cpu`,
        runs.map(({ pause }) => pause.cpuMs),
        'ms',
      );
      const slices = runs.map(({ longestSliceMs }) => longestSliceMs ?? Number.NaN);
      const sliceMs = tell(major, `${name}.slice`, slices, 'ms', Math.min(...slices));
      const collections = runs.map(({ pause, collectionMs = Number.NaN }) => pause.ms / collectionMs);
      tell(major, `${name}.collections`, collections, 'collections');
      const limited = run(LIMIT_MS);
      tell(major, `${name}.limited`, [limited.pause.ms], 'ms');
      tell(major, `${name}.refused`, [limited.missing === undefined ? 0 : 1], 'refusals');
      wanted(sliceMs <= WANTED.sliceMs, `slices of ${WANTED.sliceMs} ms at ${megabytes} MB on Node.js ${major}`);
      if (kind !== 'records' || megabytes !== 15) continue;
      const pauseMs = cpuMs > 0 ? Math.min(wallMs, cpuMs) : wallMs;
      wanted(pauseMs <= WANTED.pauseMs, `a pause of ${WANTED.pauseMs} ms at ${megabytes} MB on Node.js ${major}`);
    }
  }
}

interface RecoveryAnswer {
  readonly before: readonly { atMs: number; rate: number }[];
  readonly after: readonly { atMs: number; rate: number }[];
}

/** Throughput after a dump over that before it, beside the same without a dump: the machine has moods of its own. */
function recovery(node: string, major: number): void {
  const spans = { 'first 500 ms': [0, 500], 'after 500 ms': [500, 3000] } as const;
  const ratios: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS * 2; round++) {
    const order = round % 2 === 0 ? ['dump', 'none'] : ['none', 'dump'];
    const answers = new Map(order.map((what) => [what, measure<RecoveryAnswer>(node, ['recovery', what])]));
    for (const [name, [fromMs, toMs]] of Object.entries(spans)) {
      const ratio = (what: string): number => {
        const { before, after } = answers.get(what) as RecoveryAnswer;
        const within = after.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
        return middle(within.map(({ rate }) => rate)) / middle(before.map(({ rate }) => rate));
      };
      ratios[name] = [...(ratios[name] ?? []), ratio('dump') / ratio('none')];
    }
  }
  for (const [name, values] of Object.entries(ratios)) tell(major, `sampling.recovery.${name}`, values, 'ratio');
  const recovered = middle(ratios['after 500 ms'] ?? []);
  wanted(recovered >= WANTED.recovered, `${WANTED.recovered} of the throughput on Node.js ${major}`);
}

interface LeakAnswer {
  readonly rounds: readonly { heapUsed: number; rss: number; handles: number }[];
}

/** What is there more after the last tenth of the captures than after the second: the first ones warm things up. */
function leak(node: string, major: number): void {
  const { rounds } = measure<LeakAnswer>(node, ['leak', String(LEFT_BEHIND)]);
  const early = rounds[rounds.length / 2 - 1];
  const last = rounds.at(-1);
  if (early === undefined || last === undefined) throw new Error('The leak run gave too little.');
  const captures = LEFT_BEHIND / 2;
  const heapBytes = last.heapUsed - early.heapUsed;
  tell(major, 'sampling.leak.heap', [heapBytes / captures], 'bytes a capture');
  tell(major, 'sampling.leak.resident', [(last.rss - early.rss) / captures], 'bytes a capture');
  const handles = tell(major, 'sampling.leak.handles', [last.handles - early.handles], 'handles');
  wanted(heapBytes < LEFT_BYTES && handles <= 0, `nothing left behind on Node.js ${major}`);
}

function measure<Answer>(node: string, args: readonly string[]): Answer {
  const child = spawnSync(node, ['--max-old-space-size=6000', PROGRAM, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 300_000,
  });
  const answer = child.status === 0 ? (JSON.parse(child.stdout) as Answer & { error?: string }) : undefined;
  if (answer === undefined || answer.error !== undefined) {
    throw new Error(
      `${args.join(' ')} failed under ${node} (${child.status ?? child.signal}): ${answer?.error ?? child.stderr}`,
    );
  }
  return answer;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function middle(values: readonly number[]): number {
  return spreadOf(values).value;
}

async function binaryOf(major: number): Promise<string | undefined> {
  if (major === PINNED) return process.execPath;
  const { path, reason } = await nodeBinary(major as keyof typeof OTHER_NODE_VERSIONS);
  if (path === undefined) console.error(`Node.js ${major} is left out: ${reason}`);
  return path;
}
