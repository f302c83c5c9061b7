/**
 * Checks the markers of the built agent on whatever Node.js runs this, over every shape of classic streams, and prints one line
 * for each of them and one for all.
 *
 * usage: node exactness-program.mjs [--checks 1000000] [--seed N] [--json]
 * Ends with 1 when a marker has passed an operator before a record that precedes it, or a shape has given no checks.
 */
import { parseArgs } from 'node:util';
import { runCork, runDestroyed, runLateSource, runRepipe } from './support/changing.mjs';
import { runLoop, runMixed, runRecords } from './support/crossing.mjs';
import { runBroadcast, runDiamond, runFanIn, runPartition } from './support/fan.mjs';
import { runFlight } from './support/flight.mjs';
import { openHarness } from './support/harness.mjs';
import { runBytes, runLinear } from './support/linear.mjs';
import { seededRandom } from './support/random.mjs';

const { values: options } = parseArgs({
  options: {
    checks: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    json: { type: 'boolean', default: false },
  },
});
const wanted = Number(options.checks);
const seed = Number(options.seed);
if (!(wanted > 0) || !Number.isInteger(seed)) throw new Error('--checks and --seed take whole numbers.');

const load = (path) => import(new URL(`../../agent/dist/${path}`, import.meta.url));
const [{ createBoard }, { Graph }, { Flight }, { Adoption }, { hookStreams }, { RecordOperator }] = await Promise.all([
  load('board/board.js'),
  load('operator/graph.js'),
  load('operator/flight.js'),
  load('stream/adoption.js'),
  load('stream/hooks.js'),
  load('operator/record-operator.js'),
]);

const SHAPES = {
  linear: runLinear,
  bytes: runBytes,
  'mixed units': runMixed,
  cork: runCork,
  broadcast: runBroadcast,
  partition: runPartition,
  'fan-in': runFanIn,
  diamond: runDiamond,
  loop: runLoop,
  'late source': runLateSource,
  'early destroy': runDestroyed,
  're-pipe': runRepipe,
  'any order': (harness, random, result) => runRecords(RecordOperator, harness, random, result),
  flight: async (_harness, random, result) => runFlight(Flight, random, result),
};
const share = wanted / Object.keys(SHAPES).length;
const random = seededRandom(seed);
const harness = openHarness({ createBoard, Graph, Adoption, hookStreams });
const all = { checks: 0, early: 0, late: 0, wrong: 0 };
for (const [name, shape] of Object.entries(SHAPES)) {
  const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0 };
  while (result.checks < share) await shape(harness, random, result);
  for (const key of Object.keys(all)) all[key] += result[key];
  tell(name, result);
}
harness.close();
tell('all', all);
process.exitCode = all.early + all.late + all.wrong === 0 ? 0 : 1;

function tell(name, { checks, early, late, wrong }) {
  const line = { name: `exactness.${name}`, checks, early, late, wrong, seed, runtime: process.version };
  if (options.json) console.log(JSON.stringify(line));
  else console.log(`${name.padEnd(14)} ${checks} checks, ${early} early, ${late} late, ${wrong} wrong`);
}
