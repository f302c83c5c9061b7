import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findNeeds } from '../../stalls/needs.ts';
import type { StallCase } from '../../stalls/truth.ts';

const run = promisify(execFile);

function needing(...needs: string[]): Pick<StallCase, 'truth'> {
  return { truth: { title: 'Hangs', source: 'own scenario', shape: 'pipeline', needs } };
}

test('what a case starts is found by its name, and what is not on the machine is named with a reason', async () => {
  const cases = [needing('sh'), needing('sh', 'no-such-program-anywhere')];
  const { env, missing } = await findNeeds(cases, { PATH: process.env.PATH });
  expect([...missing]).toEqual([['no-such-program-anywhere', 'no-such-program-anywhere is missing on this machine']]);
  expect((await run('sh', ['-c', 'echo found'], { env })).stdout).toBe('found\n');
});

test('cases that start nothing leave the environment as it is', async () => {
  const { env, missing } = await findNeeds([needing()], { PATH: '/bin', HOME: '/' });
  expect(missing.size).toBe(0);
  expect(env).toMatchObject({ PATH: '/bin', HOME: '/' });
});
