/**
 * Who has to act when a worker fails, as the monitor says it and as it is: programs that end by an error, a code, a signal or a full heap,
 * and some that end well, against a real monitor.
 *
 * usage: node failures.ts [--json] [--rounds N]
 * Prints the table of categories, true ones against told ones, and the shares of the right ones. Ends with 1 when a program that ends well
 * was called a failure, or one that fails was not found.
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startMonitor } from '@streamgauge/monitor';
import { runCase } from '../stalls/run-case.ts';
import type { StallCase } from '../stalls/truth.ts';
import { describeEnvironment, printFigure } from './figures.ts';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
});
const json = options.json === true;
/** An end is over within moments: what is to be told of it comes within a check, or after a worker counts as lost. */
const NEAR_MISS_MS = 8000;
const SETTLE_MS = 1500;
/** Told of a program that ends well, and true of it. */
const NOTHING = 'nothing';

/** The program, and who has to act. Of what nobody can know from the worker, not to know it is right. */
const STORIES: readonly (readonly [program: string, category: string, node?: readonly string[]])[] = [
  ['../stalls/hangs/u01-error-without-a-listener.mjs', 'user'],
  ['../stalls/hangs/u02-rejection-nobody-handles.mjs', 'user'],
  ['failures/connection-refused.mjs', 'dependency'],
  ['failures/disk-full.mjs', 'resource'],
  ['failures/package-throws.mjs', 'system'],
  ['failures/exit-code.mjs', 'unknown'],
  ['failures/killed.mjs', 'unknown'],
  ['../stalls/hangs/h08-heap-runs-over.mjs', 'resource', ['--max-old-space-size=64']],
  ['failures/terminated.mjs', NOTHING],
  ['failures/caught.mjs', NOTHING],
];

const monitor = await startMonitor({ stallAfterMs: 2000, workerLostAfterMs: 2000, port: 0, log: 'off' });
/** By true category, then by told one. */
const table = new Map<string, Map<string, number>>();
const faults: string[] = [];
let right = 0;
let runs = 0;
for (let round = 1; round <= Number(options.rounds); round++) {
  for (const [program, category, node] of STORIES) {
    const story = storyOf(program, category, round, node);
    const score = await runCase(story, {
      monitorUrl: monitor.url,
      node: process.execPath,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      settleMs: SETTLE_MS,
      nearMissMs: NEAR_MISS_MS,
      // That they end by an error is meant.
      stderr: 'ignore',
    });
    // Of a program that ends well, "detected" means that nothing was told.
    const quiet = score.detected === (category === NOTHING);
    const told = quiet ? NOTHING : category === NOTHING ? 'a failure' : score.told.category;
    const row = table.get(category) ?? new Map<string, number>();
    row.set(told, (row.get(told) ?? 0) + 1);
    table.set(category, row);
    runs += 1;
    if (told === category) right += 1;
    if ((told === NOTHING) !== (category === NOTHING)) faults.push(`${story.id}: ${score.said || NOTHING} was told.`);
    if (!json) console.log(`${told === category ? '✓' : '✗'} ${story.id}: ${score.said || NOTHING}`);
  }
}
await monitor.close();

for (const [truth, row] of table)
  for (const [told, value] of row)
    printFigure(
      { name: `failures.${truth}.told`, value, min: value, max: value, runs: sum(row), unit: 'runs', peer: told },
      json,
    );
printFigure({ name: 'failures.category', value: right / runs, min: right, max: runs, runs, unit: 'share' }, json);
printFigure({ name: 'environment', ...describeEnvironment(), rounds: Number(options.rounds) }, json);
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);

/** Every round is a job of its own. */
function storyOf(file: string, category: string, round: number, node: readonly string[] = []): StallCase {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const id = `${file.replace(/^.*\/|\.mjs$/g, '')}-${round}`;
  const told = { title: id, source: 'own scenario', shape: 'pipeline', node };
  const culprit = { operator: '.*', category, mechanism: '', line: null };
  return { id, program, truth: category === NOTHING ? told : { ...told, culprit }, blamedFile: program, lines: [] };
}

function sum(row: ReadonlyMap<string, number>): number {
  return [...row.values()].reduce((total, value) => total + value, 0);
}
