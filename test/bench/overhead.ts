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
const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;
/** Streams that have the completion hook: three transforms and the sink. */
const HOPS = 4;
const WORK_MICROSECONDS = 2;

type Variant = 'bare' | 'attached' | 'otel-span';

function measure(variant: Variant, records: number, loops: number, first = false): number {
  const args = [PROGRAM, String(Math.round(records * Number(options.scale))), String(loops)];
  if (variant === 'otel-span') args.push('otel-span');
  else if (first) args.push('first');
  if (variant === 'attached') args.unshift('--import', REGISTER);
  const child = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', STREAMGAUGE_LOG: 'off', STREAMGAUGE_MONITOR_URL: 'ws://127.0.0.1:9' },
  });
  const nanoseconds = Number(child.stdout);
  if (child.status !== 0 || !(nanoseconds > 0)) {
    throw new Error(`The measured program failed (${variant}, exit code ${child.status}): ${child.stderr}`);
  }
  return nanoseconds;
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

function compare(records: number, loops: number, first = false): Comparison {
  const bare: number[] = [];
  const attached: number[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    // Whoever comes second finds a warmer or a hotter machine: they take turns.
    const order: readonly Variant[] = round % 2 === 0 ? ['bare', 'attached'] : ['attached', 'bare'];
    for (const variant of order) (variant === 'bare' ? bare : attached).push(measure(variant, records, loops, first));
  }
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
const spanRatios = spans.all.map((nanoseconds) => none.bare.value / nanoseconds);
figure('overhead.transform3.span.ratio', spreadOf(spanRatios), 'ratio', 'otel-span');
printFigure({ name: 'environment', ...describeEnvironment(), rounds: Number(options.rounds) }, options.json === true);
