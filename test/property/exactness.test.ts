import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBoard } from '../../agent/src/board/board.ts';
import { Flight } from '../../agent/src/operator/flight.ts';
import { Graph } from '../../agent/src/operator/graph.ts';
import { RecordOperator } from '../../agent/src/operator/record-operator.ts';
import { Adoption } from '../../agent/src/stream/adoption.ts';
import { hookStreams } from '../../agent/src/stream/hooks.ts';
import { runCork, runDestroyed, runLateSource, runRepipe } from './support/changing.mjs';
import { runLoop, runMixed, runRecords } from './support/crossing.mjs';
import { runBroadcast, runDiamond, runFanIn, runPartition } from './support/fan.mjs';
import { runFlight } from './support/flight.mjs';
import { runGenerators } from './support/generators.mjs';
import { type Harness, openHarness } from './support/harness.mjs';
import { runBytes, runLinear } from './support/linear.mjs';
import { seededRandom } from './support/random.mjs';

/** Repeats a run: STREAMGAUGE_SEED=123 npx vitest run property/exactness. */
const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Longer runs: STREAMGAUGE_PROPERTY_RUNS multiplies the number of pipelines. */
const scale = Number(process.env.STREAMGAUGE_PROPERTY_RUNS ?? 1);
const random = seededRandom(seed);
let harness: Harness;
let checks = 0;

beforeAll(() => {
  console.log(`exactness: seed ${seed}`);
  harness = openHarness({ createBoard, Graph, Adoption, hookStreams });
});

afterAll(() => {
  console.log(`exactness: ${checks} markers checked, seed ${seed}`);
  harness.close();
});

async function repeat(
  shape: (harness: Harness, random: ReturnType<typeof seededRandom>, result: typeof empty) => Promise<void>,
  runs: number,
): Promise<typeof empty> {
  const result = { ...empty };
  for (let run = 0; run < runs * scale; run++) await shape(harness, random, result);
  checks += result.checks;
  return result;
}

const empty = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0 };

describe('a marker is exact', () => {
  it('in pipelines of objects: never before a record that precedes it, never after the batch it is in', async () => {
    const result = await repeat(runLinear, 1000);
    expect(result, `seed ${seed}`).toMatchObject({ early: 0, late: 0 });
    expect(result.checks).toBeGreaterThan(50_000 * scale);
    expect(result.inBatch).toBeGreaterThan(0);
  }, 120_000);

  it('in pipelines of bytes: with the write that reaches its position', async () => {
    const result = await repeat(runBytes, 900);
    expect(result, `seed ${seed}`).toMatchObject({ early: 0, late: 0 });
    expect(result.checks).toBeGreaterThan(30_000 * scale);
  }, 120_000);

  it.each([
    ['a diamond', runDiamond],
    ['a fan-in', runFanIn],
    ['a broadcast', runBroadcast],
    ['a partition by hand', runPartition],
    ['a loop', runLoop],
    ['bytes that become objects and the other way round', runMixed],
    ['streams that are corked and uncorked', runCork],
    ['a flow whose second source is born late', runLateSource],
    ['a flow that loses a branch', runDestroyed],
    ['a flow that is piped elsewhere and back', runRepipe],
  ])(
    'in %s: never before a record that precedes it',
    async (_shape, run) => {
      const result = await repeat(run, 80);
      expect(result, `seed ${seed}`).toMatchObject({ early: 0 });
      expect(result.checks).toBeGreaterThan(1000 * scale);
      expect(result.records).toBeGreaterThan(10_000 * scale);
    },
    60_000,
  );

  it('in steps that complete their records in any order', async () => {
    const result = { ...empty };
    for (let run = 0; run < 5 * scale; run++) await runRecords(RecordOperator, harness, random, result);
    checks += result.checks;
    expect(result, `seed ${seed}`).toMatchObject({ early: 0 });
    expect(result.checks).toBeGreaterThan(5000 * scale);
  });

  it('in chains of generators, with and without streams on their ends', async () => {
    const result = await repeat(runGenerators, 400);
    expect(result, `seed ${seed}`).toMatchObject({ early: 0, late: 0 });
    expect(result.checks).toBeGreaterThan(10_000 * scale);
  }, 120_000);

  it('in concurrent calls: at the lowest one in flight', () => {
    const result = { ...empty };
    for (let run = 0; run < 20; run++) runFlight(Flight, random, result, 2000);
    expect(result, `seed ${seed}`).toMatchObject({ wrong: 0 });
  });

  it('in more than 100,000 checks', () => {
    expect(checks).toBeGreaterThan(100_000 * scale);
  });
});
