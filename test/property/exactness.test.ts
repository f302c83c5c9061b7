import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeEarly } from './support/early.mjs';
import { type Harness, loadAgent, openHarness } from './support/harness.mjs';
import { seededRandom, seedOfRun } from './support/random.mjs';
import { SHAPES } from './support/shapes.mjs';

/** Repeats all runs: STREAMGAUGE_SEED=123 npx vitest run property/exactness. One that has failed tells how it is had alone. */
const seed = Number(process.env.STREAMGAUGE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** A short share of what `npm run test:exactness` checks, in which a marker that is early by one record shows all the same. */
const CHECKS_PER_SHAPE = 500;
/** An early marker shows in every second run or so. */
const MAX_RUNS = 200;
/** These load an agent of their own. */
const OTHER_AGENTS = ['worker threads'];

const agent = await loadAgent(new URL('../../agent/src/', import.meta.url).href, 'ts');
let harness: Harness;

beforeAll(() => {
  console.log(`exactness: seed ${seed}`);
  harness = openHarness(agent);
});

afterAll(() => harness.close());

describe('a marker is never early, and late by no more than its shape allows', () => {
  it.each(Object.keys(SHAPES))(
    'in the shape "%s"',
    async (shape) => {
      const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0, ahead: 0 };
      for (let run = 0; result.checks < CHECKS_PER_SHAPE; run++) {
        const runSeed = seedOfRun(seed, run);
        await SHAPES[shape]?.(harness, seededRandom(runSeed), result);
        expect(result, `--shape "${shape}" --seed ${runSeed}`).toMatchObject({ early: 0, late: 0, wrong: 0 });
      }
    },
    60_000,
  );
});

describe('a marker that is early by one record', () => {
  let undo: () => void;
  beforeAll(() => {
    undo = makeEarly(agent);
  });
  afterAll(() => undo());

  it.each(Object.keys(SHAPES).filter((shape) => !OTHER_AGENTS.includes(shape)))(
    'shows in the shape "%s"',
    async (shape) => {
      const result = { checks: 0, early: 0, late: 0, inBatch: 0, records: 0, wrong: 0, ahead: 0 };
      for (let run = 0; run < MAX_RUNS && result.early + result.wrong === 0; run++) {
        await SHAPES[shape]?.(harness, seededRandom(seedOfRun(seed, run)), result);
      }
      expect(result.early + result.wrong, `seed ${seed}`).toBeGreaterThan(0);
    },
    60_000,
  );
});
