import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBoard } from '../../agent/src/board/board.ts';
import { Graph } from '../../agent/src/operator/graph.ts';
import { Adoption } from '../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../agent/src/stream/hooks.ts';
import { runBroadcast, runFanIn } from './support/fan.mjs';
import { type Harness, openHarness } from './support/harness.mjs';
import { runBytes, runLinear } from './support/linear.mjs';
import { seededRandom } from './support/random.mjs';

/** Repeats a run: STREAMGAUGE_SEED=123 npx vitest run property/late-adoption. */
const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = seededRandom(seed);
let harness: Harness;

beforeAll(() => {
  console.log(`late adoption: seed ${seed}`);
  // No budget: every stream is adopted in the middle of its flow.
  harness = openHarness({ createBoard, Graph, Adoption, hookStreams }, { take: () => false });
});

afterAll(() => harness.close());

it.each([
  ['pipelines of objects', runLinear],
  ['pipelines of bytes', runBytes],
  ['fan-ins', runFanIn],
  ['broadcasts', runBroadcast],
])(
  'a marker in %s that are adopted late never passes before a record that precedes it',
  async (_shape, run) => {
    const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0 };
    for (let repeat = 0; repeat < 100; repeat++) await run(harness, random, result);
    expect(result, `seed ${seed}`).toMatchObject({ early: 0 });
    expect(result.checks).toBeGreaterThan(200);
  },
  60_000,
);
