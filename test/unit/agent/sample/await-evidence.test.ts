import { expect, test } from 'vitest';
import { operatorsFirst } from '../../../../agent/src/sample/await-evidence.ts';
import type { RawFrame } from '../../../../agent/src/sample/call-sites.ts';

const stack = (count: number, ...frames: RawFrame[]) => ({ count, frames });
const place = {
  location: { function: '_transform', file: '/app/enrich.mjs', line: 10, column: 3 },
  lastLine: 20,
  length: 100,
};

test('what waits inside of the operator comes first, the runtime comes last', () => {
  const runtime = stack(9, ['run', 'node:internal/modules/esm/module_job', 1, 1]);
  const elsewhere = stack(8, ['main', 'file:///app/main.mjs', 1, 1]);
  const sameFile = stack(7, ['other', 'file:///app/enrich.mjs', 30, 1]);
  const inside = stack(1, ['lookUp', '/app/lookup.mjs', 5, 1], ['_transform', 'file:///app/enrich.mjs', 12, 7]);
  const ordered = operatorsFirst([runtime, elsewhere, sameFile, inside], [place], undefined);
  expect(ordered).toEqual([inside, sameFile, elsewhere, runtime]);
});

test('without a place, the file where the operator was made counts as its file', () => {
  const elsewhere = stack(8, ['main', '/app/main.mjs', 1, 1]);
  const near = stack(1, ['lookUp', '/app/enrich.mjs', 5, 1]);
  const callSite = { function: '', file: 'file:///app/enrich.mjs', line: 1, column: 1 };
  expect(operatorsFirst([elsewhere, near], [], callSite)).toEqual([near, elsewhere]);
});
