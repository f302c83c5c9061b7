import { create, EvidenceSchema } from '@streamgauge/proto';
import { expect, test } from 'vitest';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import type { OperatorSnapshot } from '../../../../monitor/src/model/snapshot.ts';
import { joinThreadWaits } from '../../../../monitor/src/progress/thread-wait.ts';
import { findingOf } from '../../../support/finding.ts';

const stalled = (operatorId: number, operator: string, more: Partial<Finding> = {}): Finding =>
  findingOf({ operatorId, operator, heldMs: 3000, thresholdMs: 2000, ...more });

interface Story {
  /** Threads by operator; default the main thread. */
  readonly threads?: Readonly<Record<string, number>>;
  /** Which thread owes the operator an answer, and for how long. */
  readonly owed?: Readonly<Record<string, { thread: number; owedMs: number }>>;
  readonly asked?: readonly string[];
  readonly open?: readonly string[];
}

/** What is left of the findings, as "operator: victims". */
function left(findings: readonly Finding[], { threads = {}, owed = {}, asked = [], open = [] }: Story): string[] {
  const joined = joinThreadWaits(findings, {
    operatorOf: ({ operator }) => ({ thread: threads[operator] ?? 0 }) as OperatorSnapshot,
    isOpen: ({ operator }) => open.includes(operator),
    isAsked: ({ operator }) => asked.includes(operator),
    evidenceOf: ({ operator }) => {
      const { thread, owedMs } = owed[operator] ?? {};
      if (thread === undefined || owedMs === undefined) return [];
      const connections = [{ thread, owedNano: BigInt(owedMs) * 1_000_000n, followed: true }];
      const init = { connectionsKnown: true, heldNano: 3_000_000_000n, connections };
      return [readEvidence(create(EvidenceSchema, init), 0n)];
    },
  });
  return joined.map(({ operator, victims }) => `${operator}: ${victims.map((victim) => victim.operator).join(', ')}`);
}

const orders = { worker: 'w1', operatorId: 3, operator: 'Orders' };
const both = [stalled(1, 'Pictures', { victims: [orders] }), stalled(2, 'resize')];
const threads = { resize: 2 };

test('who waits for the answer of a thread in which an operator stands waits with that operator', () => {
  expect(left(both, { threads, owed: { Pictures: { thread: 2, owedMs: 2900 } } })).toEqual([
    'resize: Pictures, Orders',
  ]);
});

test('who waits for another thread, or was waiting before the record, or only sends now and then, is named', () => {
  const named = ['Pictures: Orders', 'resize: '];
  expect(left(both, { threads, owed: { Pictures: { thread: 3, owedMs: 2900 } } })).toEqual(named);
  expect(left(both, { threads, owed: { Pictures: { thread: 2, owedMs: 9000 } } })).toEqual(named);
  expect(left(both, { threads, owed: { Pictures: { thread: 2, owedMs: 300 } } })).toEqual(named);
  expect(left(both, { threads })).toEqual(named);
});

test('while it is being asked whom it waits for it is not named beside one in a thread, for a while', () => {
  expect(left(both, { threads, asked: ['Pictures'] })).toEqual(['resize: ']);
  expect(left(both, { threads, asked: ['Pictures'], open: ['Pictures'] })).toEqual(['Pictures: Orders', 'resize: ']);
  const long = [stalled(1, 'Pictures', { heldMs: 4000 }), stalled(2, 'resize')];
  expect(left(long, { threads, asked: ['Pictures'] })).toEqual(['Pictures: ', 'resize: ']);
  // Once the one in the thread is named, for as long as it is being asked.
  expect(left(long, { threads, asked: ['Pictures'], open: ['resize'] })).toEqual(['resize: ']);
  expect(left(long, { threads, open: ['resize'] })).toEqual(['Pictures: ', 'resize: ']);
  expect(left(both, { asked: ['Pictures'] })).toEqual(['Pictures: Orders', 'resize: ']);
});

test('a chain of threads ends with the last one, with which all others wait', () => {
  const chain = [stalled(1, 'read'), stalled(2, 'parse'), stalled(3, 'index')];
  const owed = { read: { thread: 1, owedMs: 2900 }, parse: { thread: 2, owedMs: 2800 } };
  expect(left(chain, { threads: { parse: 1, index: 2 }, owed })).toEqual(['index: read, parse']);
});

test('two threads that wait for each other: one of them is named', () => {
  const crossed = { one: { thread: 2, owedMs: 2900 }, two: { thread: 1, owedMs: 2900 } };
  const names = left([stalled(1, 'one'), stalled(2, 'two')], { threads: { one: 1, two: 2 }, owed: crossed });
  expect(names).toHaveLength(1);
});
