/**
 * How long it takes from a fault to the opening of its incident, against the bound that docs/architecture.md names: programs of test/stalls,
 * one after the other, some rounds, against a real monitor with a stall threshold of 2 s.
 *
 * usage: node detection.ts [--json] [--rounds N] [--only TEXT]...
 * The fault's time is that at which the line by which the program tells it is read, which is a moment after the fault itself. Ends with 1
 * when a fault was not found, or later than the bound.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startMonitor } from '@streamgauge/monitor';
import { runCase } from '../stalls/run-case.ts';
import { readCases } from '../stalls/truth.ts';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [''] },
  },
});
const json = options.json === true;
const LIMITS = { stallAfterMs: 2000, checkIntervalMs: 200, loopBlockedMs: 1000, reportIntervalMs: 1000 } as const;
/** Threshold, one check, one report. */
const STALL_BOUND_MS = LIMITS.stallAfterMs + LIMITS.checkIntervalMs + LIMITS.reportIntervalMs;
/** Threshold, one check, and the pulse of the agent with its way to the monitor. */
const BLOCKED_BOUND_MS = LIMITS.loopBlockedMs + LIMITS.checkIntervalMs + 200;
/** A pause of its own before each run, so that faults do not fall on the same moment of a check and a report each time. */
const MOST_SHIFT_MS = 1200;

/** Of each shape and each rule one that needs nothing but Node.js, and the bound of its rule. */
const PROGRAMS: readonly (readonly [id: string, boundMs: number])[] = [
  ['a01-await-in-transform', STALL_BOUND_MS],
  ['a02-await-in-generator', STALL_BOUND_MS],
  ['a05-await-in-web-transform', STALL_BOUND_MS],
  ['d01-server-never-answers', STALL_BOUND_MS],
  ['s03-unread-tail', STALL_BOUND_MS],
  ['e01-regex', BLOCKED_BOUND_MS],
  ['e05-exec-sync', BLOCKED_BOUND_MS],
];

const cases = new Map(readCases().map((stallCase) => [stallCase.id, stallCase]));
const wanted = PROGRAMS.filter(([id]) => options.only.some((text) => id.includes(text)));
const monitor = await startMonitor({ ...LIMITS, port: 0, log: 'off' });
const delays = new Map<string, number[]>(wanted.map(([id]) => [id, []]));
const faults: string[] = [];
for (let round = 1; round <= Number(options.rounds); round++) {
  for (const [id, boundMs] of wanted) {
    const stallCase = cases.get(id);
    if (stallCase === undefined) throw new Error(`There is no ${id} in test/stalls any more.`);
    await sleep(Math.random() * MOST_SHIFT_MS);
    // Every round is a job of its own: the incident of the round before has its end later.
    const score = await runCase(
      { ...stallCase, id: `${id}-${round}` },
      {
        monitorUrl: monitor.url,
        node: process.execPath,
        env: { PATH: process.env.PATH, HOME: process.env.HOME },
        settleMs: 0,
      },
    );
    if (score.delayMs === undefined) faults.push(`${id} was not found in round ${round}.`);
    else {
      delays.get(id)?.push(score.delayMs);
      if (score.delayMs > boundMs)
        faults.push(`${id} was found after ${score.delayMs} ms in round ${round}; its bound is ${boundMs} ms.`);
    }
  }
}
await monitor.close();

for (const [id, boundMs] of wanted) {
  const taken = delays.get(id) ?? [];
  printFigure({ name: `detection.delay.${id}`, ...spreadOf(taken), unit: 'ms', peer: `${boundMs}` }, json);
}
const all = wanted.flatMap(([id, boundMs]) =>
  (delays.get(id) ?? []).map((delayMs) => ({ delayMs, share: delayMs / boundMs })),
);
const shares = all.map(({ share }) => share).toSorted((left, right) => left - right);
for (const quantile of [0.5, 0.95, 1]) {
  const value = shares[Math.max(0, Math.ceil(shares.length * quantile) - 1)] ?? Number.NaN;
  const figure = { value, min: shares[0] ?? Number.NaN, max: shares.at(-1) ?? Number.NaN, runs: shares.length };
  printFigure({ name: `detection.of-bound.p${quantile * 100}`, ...figure, unit: 'of bound' }, json);
}
printFigure({ name: 'environment', ...describeEnvironment(), rounds: Number(options.rounds), ...LIMITS }, json);
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
