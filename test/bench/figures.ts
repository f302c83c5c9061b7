import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** The middle and the ends of several measurements of one thing. */
export interface Spread {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  readonly all: readonly number[];
}

export function spreadOf(measurements: readonly number[]): Spread {
  const sorted = [...measurements].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return {
    value: (upper + lower) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    runs: sorted.length,
    all: measurements,
  };
}

/** What a reader has to know to compare figures from two machines. */
export function describeEnvironment(): Record<string, string | number> {
  const processors = cpus();
  return {
    runtime: process.version,
    platform: `${platform()} ${arch()} ${release()}`,
    processor: processors[0]?.model ?? 'unknown',
    processors: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** One figure a line: JSON for programs, words for people. */
export function printFigure(figure: Record<string, unknown>, json: boolean): void {
  const { all: _all, ...shown } = figure as Record<string, unknown>;
  const rounded = Object.fromEntries(
    Object.entries(shown).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
    ]),
  );
  if (json) {
    console.log(JSON.stringify(rounded));
    return;
  }
  const { name, value, unit, peer, min, max, runs, ...rest } = rounded;
  const words = Object.entries(rest).map(([key, text]) => `${key} ${text}`);
  console.log(
    value === undefined
      ? `${name}: ${words.join(', ')}`
      : `${String(name).padEnd(36)} ${String(peer ?? '').padEnd(10)} ${value} ${unit} (${min} to ${max}, ${runs} runs)`,
  );
}
