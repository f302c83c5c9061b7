import { parentPort, workerData } from 'node:worker_threads';
import { runGenerators } from './generators.mjs';
import { loadAgent, openHarness } from './harness.mjs';
import { runLinear } from './linear.mjs';
import { seededRandom } from './random.mjs';
import { runWeb } from './web.mjs';

/** The half of the shape "worker thread" that runs in the thread. */
const { seed, agent: base, extension, memory, port } = workerData;
const agent = await loadAgent(base, extension);
const harness = openHarness(agent);
const random = seededRandom(seed);
const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0, ahead: 0 };
const board = agent.openBoard(memory);

for (let looks = 0; looks < 2000; looks++) {
  const place = agent.lookAtPort(board, port);
  if (place === undefined || place.major < 0) continue;
  result.checks++;
  // Half of one place and half of another would be one that nothing has reached.
  if (place.minor !== place.major % 1000) result.early++;
  if (place.headMajor >= 0 && place.headMinor !== place.headMajor % 1000) result.wrong++;
}
for (const shape of [runLinear, runWeb, runGenerators]) await shape(harness, random, result);
harness.close();
parentPort.postMessage(result);
