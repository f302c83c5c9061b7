import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nodeBinary, pathOrSkip } from '../../support/peers.ts';
import { ROOT } from '../../support/repository.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('read-testdata.mjs', import.meta.url));
const FETCH_TIMEOUT_MS = 240_000;

test.for([20, 22, 24, 26] as const)(
  'the built package reads every golden frame on Node.js %i',
  { timeout: FETCH_TIMEOUT_MS },
  async (major, context) => {
    const path = major === 24 ? process.execPath : pathOrSkip(await nodeBinary(major), context);
    const { stdout } = await run(path, [PROGRAM], { timeout: 60_000 });
    const frames = readdirSync(join(ROOT, 'proto/testdata')).filter((name) => name.endsWith('.hex'));
    expect(Number(stdout)).toBe(frames.length);
  },
);
