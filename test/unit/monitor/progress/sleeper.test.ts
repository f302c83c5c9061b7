import { expect, it } from 'vitest';
import type { AwaitedCall, WorkerEvidence } from '../../../../monitor/src/model/evidence.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { withoutSleepers } from '../../../../monitor/src/progress/sleeper.ts';
import { findingOf } from '../../../support/finding.ts';
import { evidenceOf } from '../../../support/story.ts';

const stall = findingOf({
  rule: 'operator-stalled',
  operatorId: 1,
  operator: 'throttle',
  heldMs: 31_000,
  thresholdMs: 30_000,
});
const call = (callee: string, module = ''): AwaitedCall => ({ callee, module, givenFunctions: false });
const sleep = call('sleep', 'node:timers/promises');

/** Evidence in which the operator's calls await that. */
function awaiting(calls: readonly (AwaitedCall | undefined)[], more: Partial<WorkerEvidence> = {}): WorkerEvidence {
  const { payload, atUnixNano } = evidenceOf({ await: ['user enrich /app/enrich.mjs:40'] });
  if (payload.case !== 'evidence') throw new Error('no evidence');
  const read = readEvidence(payload.value, atUnixNano);
  const [sample] = read.samples;
  if (sample === undefined) throw new Error('no sample');
  const samples = calls.map((awaited) => ({
    ...sample,
    own: true as const,
    ...(awaited === undefined ? {} : { awaited }),
  }));
  return { ...read, samples: [...samples, sample], ...more };
}

const isLeft = (evidence: readonly WorkerEvidence[], finding = stall, isOpen = false): boolean =>
  withoutSleepers([finding], { evidenceOf: () => evidence, isOpen: () => isOpen }).length === 1;

it.each([
  ['node:timers/promises, by whatever name', sleep],
  ['a promise that setTimeout() settles', call('setTimeout')],
  ['the same, imported', call('setTimeout', 'node:timers')],
])('an operator that waits for %s is no incident yet', (_what, awaited) => {
  expect(isLeft([awaiting([awaited])])).toBe(false);
});

it.each([
  ['waits for something else', awaiting([call('pool.acquire', 'pg')])],
  ['has a call that waits for something else', awaiting([sleep, call('once', 'node:events')])],
  ['waits for what its source does not tell', awaiting([undefined])],
  ['has no call that is known', awaiting([])],
  [
    'catches errors meanwhile',
    awaiting([sleep], { caughtErrors: [{ name: 'Error', code: '', status: 0, count: 3, watchedMs: 500, frames: [] }] }),
  ],
  [
    'is refused meanwhile',
    awaiting([sleep], { peerAnswers: [{ peer: 'a:80', answers: 3, refused: 3, refusedStatus: 503 }] }),
  ],
])('one that %s is', (_what, evidence) => {
  expect(isLeft([evidence])).toBe(true);
});

it('is one after twice the threshold, when it is open already, and before anything is known', () => {
  expect(isLeft([awaiting([sleep])], { ...stall, heldMs: 60_000 })).toBe(true);
  expect(isLeft([awaiting([sleep])], stall, true)).toBe(true);
  expect(isLeft([])).toBe(true);
});

it('the newest stacks count', () => {
  expect(isLeft([awaiting([call('get', 'got')]), awaiting([sleep])])).toBe(false);
  expect(isLeft([awaiting([sleep]), awaiting([call('get', 'got')])])).toBe(true);
});
