/**
 * Checks the markers of a built agent on whatever Node runs this, and prints one line of JSON.
 *
 * usage: node exactness-program.mjs <URL of the agent's dist folder> [seed] [runs]
 */
import { runBroadcast, runDiamond, runFanIn, runPartition } from './support/fan.mjs';
import { runFlight } from './support/flight.mjs';
import { openHarness } from './support/harness.mjs';
import { runBytes, runLinear } from './support/linear.mjs';
import { seededRandom } from './support/random.mjs';

const base = new URL(process.argv[2], `file://${process.cwd()}/`);
const seed = Number(process.argv[3] ?? 1);
const runs = Number(process.argv[4] ?? 40);
const load = (path) => import(new URL(path, base.href.endsWith('/') ? base : `${base}/`));

const [{ createBoard }, { Graph }, { Flight }, { Adoption }, { hookStreams }] = await Promise.all([
  load('board/board.js'),
  load('operator/graph.js'),
  load('operator/flight.js'),
  load('stream/adoption.js'),
  load('stream/hooks.js'),
]);

const random = seededRandom(seed);
const harness = openHarness({ createBoard, Graph, Adoption, hookStreams });
const result = { runtime: process.version, seed, checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0 };
for (let run = 0; run < runs; run++) {
  await runLinear(harness, random, result);
  await runBytes(harness, random, result);
}
for (const shape of [runDiamond, runFanIn, runBroadcast, runPartition]) {
  for (let run = 0; run < runs / 4; run++) await shape(harness, random, result);
}
runFlight(Flight, random, result);
harness.close();
console.log(JSON.stringify(result));
process.exitCode = result.early + result.late + result.wrong === 0 ? 0 : 1;
