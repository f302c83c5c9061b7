import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { savedInputs } from './corpus.ts';
import { inputsOf } from './mutation.ts';
import { TARGETS } from './targets/all.ts';

// Always the same inputs: what is new is looked for by `npm run test:fuzz`.
const SEED = 20_261_128;
const RUNS = 200;

describe.each(Object.entries(TARGETS))('%s', (name, open) => {
  test('every input that was once too much for it is none any more, and neither are some new ones', async () => {
    const target = await open();
    for (const { file, pieces } of savedInputs(name)) {
      await expect(Promise.resolve(pieces).then(target.check), file).resolves.not.toThrow();
    }
    const property = fc.asyncProperty(inputsOf(target), async (pieces) => target.check(pieces));
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
    await target.close();
  });
});
