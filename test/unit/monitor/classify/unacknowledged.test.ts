import { expect, test } from 'vitest';
import { classifyBuiltIn } from '../../../../monitor/src/classify/built-in.ts';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { caseOf, findingOf } from '../../../support/finding.ts';
import { type EvidenceWords, evidenceOf } from '../../../support/story.ts';

interface Row {
  readonly story: string;
  readonly facts?: Finding['facts'];
  readonly evidence: Partial<EvidenceWords>;
  /** `classifier category mechanism confidence`. */
  readonly decided: string;
  readonly line?: number;
  /** Of the suspended call; 1: an await of a module itself. */
  readonly column?: number;
}

const handler = { function: 'bill', file: '/app/bill.mjs', line: 11 };
/** The handler has returned from ten messages, and no connection owes anything. */
const returned: Partial<EvidenceWords> = { letGo: true, callbackOutstanding: true, connections: [], heldMs: 30_000 };

const rows: readonly Row[] = [
  {
    story: 'ten messages of which nobody has said anything',
    evidence: returned,
    decided: 'unacknowledged user callback-lost 0.8',
    line: 11,
  },
  {
    story: 'a producer that sleeps in the same file works on none of them',
    evidence: { ...returned, await: ['node setTimeout node:timers', 'user send /app/bill.mjs:40'] },
    decided: 'unacknowledged user callback-lost 0.8',
  },
  {
    story: 'the loop over the messages waits in the client for the next one',
    evidence: {
      ...returned,
      await: ['dependency iterate /app/node_modules/nats/it.js:80', 'user bill /app/bill.mjs:12'],
    },
    decided: 'unacknowledged user callback-lost 0.8',
  },
  {
    story: 'calls that the handler has begun and not awaited stand at one place: they work on the messages',
    evidence: { ...returned, await: ['user book /app/bill.mjs:22'], awaits: 10 },
    decided: 'await-pending user await-pending 0.4',
    line: 22,
  },
  {
    story: 'of a single message the only call of the file may be the one that works on it',
    facts: { inFlight: 1 },
    evidence: { ...returned, await: ['user book /app/bill.mjs:22'] },
    decided: 'await-pending user await-pending 0.4',
  },
  {
    story: 'of a single message that was let go, a call of the handler is that of another one, which has come since',
    facts: { inFlight: 1 },
    evidence: { ...returned, await: ['user book /app/bill.mjs:22', 'user Consumer.bill /app/bill.mjs:14'] },
    decided: 'unacknowledged user callback-lost 0.8',
    line: 11,
  },
  {
    story: 'nor does the module work on it, which awaits its producer for ever',
    facts: { inFlight: 1 },
    evidence: { ...returned, await: ['user  /app/bill.mjs:40'] },
    column: 1,
    decided: 'unacknowledged user callback-lost 0.8',
  },
  {
    story: 'a peer was asked something when the message came, and has not answered',
    evidence: { ...returned, connections: [{ owedMs: 29_900, answers: 20, usualMs: 5 }] },
    decided: 'callback-lost dependency callback-lost 0.85',
  },
  {
    story: 'the broker itself owes nothing: what is acknowledged has no answer',
    evidence: { ...returned, connections: [{ held: true, owedMs: 29_900, answers: 20, usualMs: 5 }] },
    decided: 'unacknowledged user callback-lost 0.8',
  },
  {
    story: 'a handler that has not returned',
    evidence: { ...returned, letGo: false, promiseOutstanding: true, await: ['user bill /app/bill.mjs:12'] },
    decided: 'await-pending user await-pending 0.8',
    line: 12,
  },
  {
    story: 'the same message comes again and again, and no attempt fails',
    evidence: { ...returned, letGo: false, repeats: 40 },
    decided: 'unacknowledged user livelock 0.8',
    line: 11,
  },
  {
    story: 'it comes again because the handler throws',
    facts: { failuresSinceProgress: 40 },
    evidence: { ...returned, letGo: false, repeats: 40, threw: ['user book /app/bill.mjs:22'] },
    decided: 'failing user failing 0.8',
    line: 22,
  },
  {
    story: 'it has come again twice, as after a rebalance, and its call is suspended',
    evidence: {
      ...returned,
      letGo: false,
      repeats: 2,
      promiseOutstanding: true,
      await: ['user bill /app/bill.mjs:12'],
    },
    decided: 'await-pending user await-pending 0.8',
  },
  {
    story: 'another step than a handler',
    facts: { leg: 'commit' },
    evidence: returned,
    decided: 'callback-lost user callback-lost 0.7',
  },
];

test.each(rows)('$story', ({ facts, evidence: words, decided, line, column }) => {
  const { payload } = evidenceOf({ operatorId: 1, operatorLocation: handler, ...words });
  if (payload.case !== 'evidence') throw new Error('no evidence');
  if (column !== undefined)
    for (const { frames } of payload.value.samples) for (const frame of frames) frame.column = column;
  const finding = findingOf({ operator: 'orders handle', facts: { leg: 'handle', inFlight: 10, ...facts } });
  const answer = classifyBuiltIn({ ...caseOf(finding), evidence: [readEvidence(payload.value, 0n)] });
  expect(`${answer.classifier} ${answer.category} ${answer.mechanism} ${answer.confidence}`).toBe(decided);
  if (line !== undefined) expect(answer.location?.line).toBe(line);
});
