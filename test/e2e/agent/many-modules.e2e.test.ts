import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whenFinished } from '../../support/test-end.ts';
import { runProgram } from './run-program.ts';

const MODULES = 3000;
/** Of these, by `import`. */
const IMPORTED = 100;
/** Loading takes a second or two; a deadlock takes for ever. */
const WITHIN_MS = 30_000;

test('a program of 3000 modules starts as without the agent', { timeout: 2 * WITHIN_MS }, async () => {
  const program = writeProgram();
  // No path below this repository: run-program puts the folder of the programs in front of what it is given.
  const load = ['--input-type=module', '--eval', `await import(${JSON.stringify(program)})`];
  const run = await runProgram({ program: 'ends.mjs', nodeArgs: load, env: { STREAMGAUGE_LOG: 'off' } });
  expect(run).toMatchObject({ code: 0, signal: null, stdout: `${MODULES} modules\n`, stderr: '' });
  expect(run.durationMs).toBeLessThan(WITHIN_MS);
});

/** Most are CommonJS, as in most programs, and each of the others imports one of them. */
function writeProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-modules-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  const common = MODULES - IMPORTED;
  for (let index = 0; index < common; index++) {
    const before = index === 0 ? '0' : `require('./c${index - 1}.cjs')`;
    writeFileSync(join(folder, `c${index}.cjs`), `module.exports = ${before} + 1;`);
  }
  const imports: string[] = [];
  for (let index = 0; index < IMPORTED; index++) {
    const source = `import count from './c${(index + 1) * (common / IMPORTED) - 1}.cjs';\nexport default count;`;
    writeFileSync(join(folder, `e${index}.mjs`), source);
    imports.push(`import m${index} from './e${index}.mjs';`);
  }
  const said = `console.log(m${IMPORTED - 1} + ${IMPORTED} + ' modules');`;
  writeFileSync(join(folder, 'main.mjs'), `${imports.join('\n')}\n${said}\n`);
  return join(folder, 'main.mjs');
}
