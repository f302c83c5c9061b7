/**
 * Checks the markers of the built agent on whatever Node.js runs this, over every shape of dataflow, and prints one line for each
 * of them and one for all. "ahead" is how many records behind a marker were done with at most when it passed.
 *
 * usage: node exactness-program.mjs [--checks 1000000] [--seed N] [--shape NAME]... [--early] [--json]
 * --early: with an agent whose markers are early by one record, which every shape has to notice.
 * Ends with 1 when a marker has passed an operator before a record that precedes it or later than its shape allows, or when a
 * shape has given no checks.
 */
import { parseArgs } from 'node:util';
import { makeEarly } from './support/early.mjs';
import { loadAgent, openHarness } from './support/harness.mjs';
import { seededRandom, seedOfRun } from './support/random.mjs';
import { SHAPES } from './support/shapes.mjs';

const { values: options } = parseArgs({
  options: {
    checks: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    early: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    shape: { type: 'string', multiple: true },
    agent: { type: 'string', default: new URL('../../agent/dist/', import.meta.url).href },
  },
});
/** So many runs in a row in which no marker is met mean that something is not followed at all. */
const MAX_IDLE_RUNS = 500;

/** Shapes that load an agent of their own, which stays as it is. */
const OTHER_AGENTS = ['worker threads'];

const wanted = Number(options.checks);
const seed = Number(options.seed);
if (!(wanted > 0) || !Number.isInteger(seed)) throw new Error('--checks and --seed take whole numbers.');

const agent = await loadAgent(options.agent);
if (options.early) makeEarly(agent);
const harness = openHarness(agent);
const names = options.shape ?? Object.keys(SHAPES).filter((name) => !(options.early && OTHER_AGENTS.includes(name)));
const share = wanted / names.length;
const all = { checks: 0, early: 0, late: 0, wrong: 0 };
for (const name of names) {
  const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0, ahead: 0 };
  let first;
  for (let run = 0, idle = 0; result.checks < share; run++) {
    const { checks } = result;
    const runSeed = seedOfRun(seed, run);
    await SHAPES[name](harness, seededRandom(runSeed), result);
    if (first === undefined && result.early + result.late + result.wrong > 0) first = runSeed;
    idle = result.checks === checks ? idle + 1 : 0;
    if (idle > MAX_IDLE_RUNS) throw new Error(`The shape "${name}" gives no checks.`);
  }
  for (const key of Object.keys(all)) all[key] += result[key];
  if (options.early && result.early + result.wrong === 0) throw new Error(`The shape "${name}" has noticed nothing.`);
  tell(name, result);
  if (first !== undefined && !options.json) console.log(`  for the first time with --shape "${name}" --seed ${first}`);
}
harness.close();
tell('all', all);
process.exitCode = options.early || all.early + all.late + all.wrong === 0 ? 0 : 1;

function tell(name, { checks, early, late, wrong, ahead }) {
  const line = { name: `exactness.${name}`, checks, early, late, wrong, ahead, seed, runtime: process.version };
  if (options.json) console.log(JSON.stringify(line));
  else
    console.log(
      `${name.padEnd(28)} ${checks} checks, ${early} early, ${late} late, ${wrong} wrong, ${ahead ?? '-'} ahead`,
    );
}
