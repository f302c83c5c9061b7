/**
 * Changed inputs for everything that reads what strangers send: frames, JSON, settings, HTTP; and what the monitor's core makes of
 * frames that could be read.
 *
 * usage: node fuzz.ts [--seconds N] [--only TARGET]... [--seed N]
 * N seconds for each target, 600 by default. What was found is made as small as it can be and kept in test/fuzz/corpus, where a test
 * looks at it for ever. Ends with 1 when something was found.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { saveInput } from './corpus.ts';
import { inputsOf } from './mutation.ts';
import { TARGETS } from './targets/all.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    only: { type: 'string', multiple: true, default: Object.keys(TARGETS) },
    seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
  },
});
const seed = Number(options.seed);
const interruptAfterTimeLimit = Number(options.seconds) * 1000;
let found = false;

console.log(`seed ${seed}`);
for (const name of options.only) {
  const open = TARGETS[name];
  if (open === undefined) throw new Error(`There is no target ${name}; known are ${Object.keys(TARGETS).join(', ')}.`);
  const target = await open();
  let runs = 0;
  let taken = 0;
  const property = fc.asyncProperty(inputsOf(target), async (pieces) => {
    runs += 1;
    if ((await target.check(pieces)) === 'taken') taken += 1;
  });
  const result = await fc.check(property, { seed, interruptAfterTimeLimit, numRuns: Number.MAX_SAFE_INTEGER });
  await target.close();
  console.log(`${name}: ${runs} inputs, ${taken} of them taken, ${result.failed ? 'FOUND' : 'nothing found'}`);
  if (!result.failed) continue;
  found = true;
  const [pieces] = result.counterexample ?? [[]];
  console.log(`  ${saveInput(name, pieces)}`);
  console.log(`  ${result.errorInstance instanceof Error ? result.errorInstance.stack : String(result.errorInstance)}`);
}
process.exit(found ? 1 : 0);
