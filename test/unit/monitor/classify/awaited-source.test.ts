import { create, EvidenceSchema, FrameSchema, SampleKind } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import { classifyBuiltIn } from '../../../../monitor/src/classify/built-in.ts';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';
import { frameOf } from '../../../support/story.ts';

interface Stack {
  readonly frames: readonly string[];
  readonly own?: boolean;
  readonly called?: boolean;
  readonly deduced?: boolean;
  readonly awaited?: { readonly callee: string; readonly module?: string; readonly givenFunctions?: boolean };
  /** From 1. */
  readonly task?: number;
}

interface Row {
  readonly story: string;
  readonly rule?: Finding['rule'];
  readonly stacks: readonly Stack[];
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** `classifier category confidence`. */
  readonly decided: string;
  readonly at: string | null;
}

const owed = {
  peer: '10.0.0.1:9000',
  followed: true,
  owedNano: 2_500_000_000n,
  wroteNano: 2_500_000_000n,
  answers: 9n,
};
const tar = { callee: 'create', module: 'tar' };
const enrich: Stack = { frames: ['user enrich /app/enrich.mjs:5'], own: true };

const rows: readonly Row[] = [
  {
    story: 'the worker knows which call is the operator’s',
    stacks: [{ frames: ['user other /app/other.mjs:9'] }, { ...enrich, frames: ['user - /app/enrich.mjs:5'] }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a call that has come further in the same function holds what the others wait for',
    stacks: [
      { ...enrich, frames: ['user both /app/lock.mjs:4', 'user enrich /app/enrich.mjs:5'] },
      { ...enrich, frames: ['user both /app/lock.mjs:8', 'user enrich /app/enrich.mjs:5'] },
    ],
    decided: 'await-pending user 0.8',
    at: '/app/lock.mjs:8',
  },
  {
    story: 'no call is known as the operator’s, and its source calls one of those that are suspended',
    stacks: [{ frames: ['user other /app/main.mjs:9'] }, { frames: ['user send /app/send.mjs:5'], called: true }],
    evidence: { operatorLocation: { function: '', file: '/app/main.mjs', line: 3 }, callbackOutstanding: true },
    decided: 'await-pending user 0.6',
    at: '/app/send.mjs:5',
  },
  {
    story: 'the same where one is known',
    stacks: [{ frames: ['user send /app/send.mjs:5'], called: true }, enrich],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a task that was given to a queue, and the task that this one has given',
    stacks: [
      { ...enrich, task: 2 },
      { frames: ['user load /app/load.mjs:7'], task: 3 },
      { frames: ['user part /app/load.mjs:20'] },
      { frames: ['user poll /app/poll.mjs:2'] },
    ],
    decided: 'await-pending user 0.8',
    at: '/app/load.mjs:20',
  },
  {
    story: 'tasks that lead back to the first one',
    stacks: [
      { ...enrich, task: 2 },
      { frames: ['user load /app/load.mjs:7'], task: 1 },
    ],
    decided: 'await-pending user 0.8',
    at: '/app/load.mjs:7',
  },
  {
    story: 'a task that is no sample',
    stacks: [{ ...enrich, task: 7 }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a task whose peer owes an answer',
    stacks: [{ ...enrich, task: 2 }, { frames: ['user load /app/load.mjs:7'] }],
    evidence: { connectionsKnown: true, connections: [owed], heldNano: 2_500_000_000n },
    decided: 'await-pending dependency 0.9',
    at: '/app/load.mjs:7',
  },
  {
    story: 'a task that waits in a package which nobody owes an answer',
    stacks: [
      { ...enrich, task: 2 },
      { frames: ['dependency pack /app/node_modules/tar/pack.js:3', 'user load /app/load.mjs:7'] },
    ],
    decided: 'await-pending system 0.7',
    at: '/app/load.mjs:7',
  },
  {
    story: 'a promise of a package that was only asked to do something',
    stacks: [{ ...enrich, awaited: tar }],
    decided: 'await-pending system 0.6',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'the same while a peer owes an answer',
    stacks: [{ ...enrich, awaited: tar }],
    evidence: { connectionsKnown: true, connections: [owed], heldNano: 2_500_000_000n },
    decided: 'await-pending dependency 0.9',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of a package that was given a function of the project',
    stacks: [{ ...enrich, awaited: { ...tar, givenFunctions: true } }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of a package that lends something',
    stacks: [{ ...enrich, awaited: { callee: 'stock.acquire', module: 'async-mutex' } }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of a package that waits until something happens',
    stacks: [{ ...enrich, awaited: { callee: 'queue.onIdle', module: 'p-queue' } }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of the runtime',
    stacks: [{ ...enrich, awaited: { callee: 'once', module: 'node:events' } }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of the project',
    stacks: [{ ...enrich, awaited: { callee: 'take', module: './take.mjs' } }],
    decided: 'await-pending user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of a package that nobody can settle any more',
    stacks: [{ ...enrich, deduced: true, awaited: tar }],
    evidence: { promiseAbandoned: true },
    decided: 'abandoned-await system 0.7',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a promise of the project that nobody can settle any more',
    stacks: [{ ...enrich, deduced: true, awaited: { callee: 'once', module: 'node:events' } }],
    evidence: { promiseAbandoned: true },
    decided: 'abandoned-await user 0.8',
    at: '/app/enrich.mjs:5',
  },
  {
    story: 'a callback is owed, and somewhere in the process a call is suspended',
    stacks: [{ frames: ['user endInOrder /app/end.mjs:5'] }],
    evidence: { callbackOutstanding: true },
    decided: 'callback-lost user 0.7',
    at: null,
  },
];

test.each(rows)('$story', ({ rule = 'operator-stalled', stacks, evidence, decided, at }) => {
  const message = create(EvidenceSchema, {
    operatorId: 1,
    samples: stacks.map(({ frames, ...sample }) => ({
      kind: SampleKind.AWAIT,
      count: 1,
      frames: frames.map((frame) => create(FrameSchema, frameOf(frame))),
      ...sample,
    })),
    ...evidence,
  });
  const subject = { ...caseOf(findingOf({ rule, heldMs: 2500 })), evidence: [readEvidence(message, 0n)] };
  const { classifier, category, confidence, location } = classifyBuiltIn(subject);
  expect(`${classifier} ${category} ${confidence}`).toBe(decided);
  expect(location && `${location.file}:${location.line}`).toBe(at);
});
