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
    // What is changed is taken before: else every input would end at the first gate, and what lies behind it be tried by none.
    for (const seed of target.seeds)
      expect(await target.check([seed]), Buffer.from(seed).toString('latin1')).toBe('taken');
    for (const { file, pieces } of savedInputs(name)) {
      const checked = Promise.resolve(pieces).then(target.check);
      await expect(checked, file).resolves.toMatch(/^(?:taken|refused)$/);
    }
    const property = fc.asyncProperty(inputsOf(target), async (pieces) => void (await target.check(pieces)));
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
    await target.close();
  });
});
