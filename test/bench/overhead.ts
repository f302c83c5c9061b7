/**
 * What it costs to attach the agent, against a bare program and against an OpenTelemetry span per record and stage.
 *
 * Bare and attached processes run alternately, and the figure is the processor time of the whole process (all threads, so the
 * agent thread is included) per record: wall time would say more about the machine than about the agent. The ratio of each
 * round compares neighbours in time.
 *
 * usage: node overhead.ts [--json] [--rounds N] [--scale FACTOR]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeEnvironment, printFigure, type Spread, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '25' },
    scale: { type: 'string', default: '1' },
  },
});

const PROGRAM = fileURLToPath(new URL('./overhead-program.mjs', import.meta.url));
const SOCKETS_PROGRAM = fileURLToPath(new URL('./overhead-sockets-program.mjs', import.meta.url));
const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;
/** Streams that have the completion hook: three transforms and the sink. */
const HOPS = 4;
const WORK_MICROSECONDS = 2;
const QUESTIONS = 200_000;
const IDLE_SECONDS = 10;

type Variant = 'bare' | 'attached' | 'otel-span';

function measure(variant: Variant, records: number, loops: number, first = false): number {
  const args = [PROGRAM, String(Math.round(records * Number(options.scale))), String(loops)];
  if (variant === 'otel-span') args.push('otel-span');
  else if (first) args.push('first');
  return run(variant, args)[0] as number;
}

/** Processor time of a question and its answer over a connection, and of a second in which nothing happens; nanoseconds. */
function measureSockets(variant: Variant): { readonly question: number; readonly idleSecond: number } {
  const questions = String(Math.round(QUESTIONS * Number(options.scale)));
  const [question = 0, idle = 0] = run(variant, [SOCKETS_PROGRAM, questions, String(IDLE_SECONDS)]);
  return { question, idleSecond: idle * 1000 };
}

/** The numbers that a program prints. */
function run(variant: Variant, args: readonly string[]): readonly number[] {
  const child = spawnSync(process.execPath, [...(variant === 'attached' ? ['--import', REGISTER] : []), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', STREAMGAUGE_LOG: 'off', STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9' },
  });
  const figures = child.stdout.split(' ').map(Number);
  if (child.status !== 0 || !figures.every((value) => value > 0)) {
    throw new Error(`The measured program failed (${variant}, exit code ${child.status}): ${child.stderr}`);
  }
  return figures;
}

/** How many loops make two microseconds here. */
function calibrate(): number {
  const probe = 2000;
  const [idle, busy] = [measure('bare', 200_000, 0), measure('bare', 200_000, probe)];
  return Math.max(1, Math.round((probe * WORK_MICROSECONDS * 1000) / (busy - idle)));
}

interface Comparison {
  readonly bare: Spread;
  readonly attached: Spread;
  /** Throughput of the attached program over that of the bare one. */
  readonly ratio: Spread;
  readonly hopNano: Spread;
}

/** Both in turn, that many times. */
function alternate<Figure>(
  rounds: number,
  measureOne: (variant: Variant) => Figure,
): Record<'bare' | 'attached', Figure[]> {
  const taken: Record<'bare' | 'attached', Figure[]> = { bare: [], attached: [] };
  for (let round = 0; round < rounds; round++) {
    // Whoever comes second finds a warmer or a hotter machine: they take turns.
    const order = round % 2 === 0 ? (['bare', 'attached'] as const) : (['attached', 'bare'] as const);
    for (const variant of order) taken[variant].push(measureOne(variant));
  }
  return taken;
}

function compare(records: number, loops: number, first = false): Comparison {
  const { bare, attached } = alternate(Number(options.rounds), (variant) => measure(variant, records, loops, first));
  return {
    bare: spreadOf(bare),
    attached: spreadOf(attached),
    ratio: spreadOf(bare.map((nanoseconds, round) => nanoseconds / (attached[round] as number))),
    hopNano: spreadOf(bare.map((nanoseconds, round) => ((attached[round] as number) - nanoseconds) / HOPS)),
  };
}

const loops = calibrate();
const none = compare(2_000_000, 0);
const first = compare(2_000_000, 0, true);
const some = compare(400_000, loops);
const rounds = Math.max(3, Math.ceil(Number(options.rounds) / 5));
const sockets = alternate(rounds, measureSockets);
const spans = spreadOf(Array.from({ length: rounds }, () => measure('otel-span', 150_000, 0)));

const figure = (name: string, spread: Spread, unit: string, peer: string): void =>
  printFigure({ name, ...spread, unit, peer }, options.json === true);

figure('overhead.transform3.ratio', none.ratio, 'ratio', 'bare');
figure('overhead.transform3.first.ratio', first.ratio, 'ratio', 'bare');
figure('overhead.transform3.work2us.ratio', some.ratio, 'ratio', 'bare');
figure('overhead.transform3.hop', none.hopNano, 'ns', 'bare');
figure('overhead.transform3.work2us.hop', some.hopNano, 'ns', 'bare');
figure('overhead.transform3.record', none.bare, 'ns', 'bare');
figure('overhead.transform3.record', none.attached, 'ns', 'attached');
figure('overhead.transform3.first.record', first.bare, 'ns', 'bare');
figure('overhead.transform3.first.record', first.attached, 'ns', 'attached');
figure('overhead.transform3.record', spans, 'ns', 'otel-span');
figure('overhead.transform3.work2us.record', some.bare, 'ns', 'bare');
figure('overhead.transform3.work2us.record', some.attached, 'ns', 'attached');
const questions = sockets.bare.map(({ question }, round) => question / (sockets.attached[round]?.question as number));
figure('overhead.sockets.ratio', spreadOf(questions), 'ratio', 'bare');
for (const variant of ['bare', 'attached'] as const) {
  figure('overhead.sockets.question', spreadOf(sockets[variant].map(({ question }) => question)), 'ns', variant);
  figure('overhead.idle.second', spreadOf(sockets[variant].map(({ idleSecond }) => idleSecond)), 'ns', variant);
}
const spanRatios = spans.all.map((nanoseconds) => none.bare.value / nanoseconds);
figure('overhead.transform3.span.ratio', spreadOf(spanRatios), 'ratio', 'otel-span');
printFigure({ name: 'environment', ...describeEnvironment(), rounds: Number(options.rounds) }, options.json === true);
