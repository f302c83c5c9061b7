/**
 * Faults by chance, many of them: see the tests of this folder, which `npm test` runs with a few.
 *
 * usage: node run.ts [--short] [--seed N] [--rounds N] [--mutant NAME]
 * The seed is printed; the same seed makes the same faults in the same order. --short is what `npm test` does. A mutant is a fault of
 * the monitor itself, out of test/faults/mutants, which has to be found: the command ends with 1.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rounds: { type: 'string', default: '500' },
    mutant: { type: 'string' },
  },
});
console.log(`seed ${options.seed}`);
const { status } = spawnSync('vitest', ['run', 'faults/'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...process.env,
    FAULTS_SEED: options.seed,
    ...(options.short ? {} : { FAULTS_ROUNDS: options.rounds }),
    ...(options.mutant === undefined ? {} : { FAULTS_MUTANT: options.mutant }),
  },
});
process.exit(status ?? 1);
