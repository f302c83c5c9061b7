/**
 * How often the monitor is right: every program of test/stalls against a real monitor with a stall threshold of 2 s, compared
 * with the truth that lies beside it.
 *
 * usage: node accuracy.ts [--json] [--only TEXT]... [--at-once N] [--node BINARY] [--write]
 * --write puts the figures into docs/accuracy.md.
 * A case whose programs are not on this machine is left out and named. Ends with 1 when a near-miss was called an incident or a victim a culprit.
 */
import { parseArgs } from 'node:util';
import { startMonitor } from '@streamgauge/monitor';
import { findNeeds } from '../stalls/needs.ts';
import { runCase } from '../stalls/run-case.ts';
import { type Score, SURE } from '../stalls/score.ts';
import { readCases, type StallCase } from '../stalls/truth.ts';
import { type Judged, writeAccuracy } from './accuracy-table.ts';
import { describeEnvironment, printFigure, spreadOf } from './figures.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [''] },
    'at-once': { type: 'string', default: '2' },
    node: { type: 'string', default: process.execPath },
    write: { type: 'boolean', default: false },
  },
});
const json = options.json === true;
const THRESHOLD_MS = 2000;

const wanted = readCases().filter(({ id }) => options.only.some((text) => id.includes(text)));
const { env, missing } = await findNeeds(wanted, { PATH: process.env.PATH, HOME: process.env.HOME });
const lacks = ({ truth }: StallCase): string | undefined => truth.needs?.find((name) => missing.has(name));
const waiting = wanted.filter((stallCase) => lacks(stallCase) === undefined);
for (const stallCase of wanted) {
  const name = lacks(stallCase);
  if (name !== undefined) console.error(`left out: ${stallCase.id}, because ${missing.get(name)}`);
}
const monitor = await startMonitor({ stallAfterMs: THRESHOLD_MS, port: 0, log: 'off' });
const done: Judged[] = [];

await Promise.all(
  Array.from({ length: Number(options['at-once']) }, async () => {
    for (let stallCase = waiting.shift(); stallCase !== undefined; stallCase = waiting.shift()) {
      const score = await runCase(stallCase, { monitorUrl: monitor.url, node: options.node, env });
      done.push({ stallCase, score });
      tell(stallCase, score);
    }
  }),
);
await monitor.close();

const hangs = done.filter(({ stallCase }) => stallCase.truth.culprit !== undefined).map(({ score }) => score);
const nearMisses = done.filter(({ stallCase }) => stallCase.truth.culprit === undefined).map(({ score }) => score);
share('detected', hangs, ({ detected }) => detected);
share('operator', hangs, ({ operator }) => operator);
share('category', hangs, ({ category }) => category);
share('mechanism', hangs, ({ mechanism }) => mechanism);
share(
  'location',
  hangs.filter(({ location }) => location !== undefined),
  ({ location }) => location === true,
);
share(
  `sure and right (confidence ${SURE} or more)`,
  hangs.filter(({ confidence }) => confidence >= SURE),
  ({ category, mechanism }) => category && mechanism,
);
count('others blamed', hangs.flatMap(({ blamed }) => blamed).length);
count('near-misses called incidents', nearMisses.filter(({ detected }) => !detected).length);
const delays = hangs.flatMap(({ delayMs }) => (delayMs === undefined ? [] : [delayMs]));
printFigure({ name: 'accuracy.delay', ...spreadOf(delays), unit: 'ms' }, json);
printFigure({ name: 'environment', ...describeEnvironment(), cases: done.length }, json);
if (options.write === true) {
  writeAccuracy(
    done.toSorted((left, right) => left.stallCase.id.localeCompare(right.stallCase.id)),
    describeEnvironment(),
  );
}
process.exit(done.some(({ score: { blamed } }) => blamed.length > 0) ? 1 : 0);

function tell({ id, truth }: StallCase, score: Score): void {
  if (json) return;
  const { culprit } = truth;
  const marks = (['detected', 'operator', 'category', 'mechanism', 'location'] as const)
    .map((key) =>
      culprit === undefined && key !== 'detected' ? ' ' : score[key] === undefined ? '-' : score[key] ? '✓' : '✗',
    )
    .join('');
  const delay = score.delayMs === undefined ? '' : `${score.delayMs} ms`;
  const blamed = score.blamed.length > 0 ? `  ALSO BLAMED ${score.blamed.join(', ')}` : '';
  console.log(`${marks} ${id.padEnd(34)} ${delay.padStart(8)}  ${score.said}${blamed}`);
}

function share(name: string, scores: readonly Score[], isRight: (score: Score) => boolean): void {
  const right = scores.filter(isRight).length;
  const value = scores.length === 0 ? Number.NaN : right / scores.length;
  printFigure(
    { name: `accuracy.${name}`, value, min: right, max: scores.length, runs: scores.length, unit: 'share' },
    json,
  );
}

function count(name: string, value: number): void {
  printFigure({ name: `accuracy.${name}`, value, min: value, max: value, runs: done.length, unit: 'incidents' }, json);
}
