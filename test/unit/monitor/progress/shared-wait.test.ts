import { expect, test } from 'vitest';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { joinSharedWaits } from '../../../../monitor/src/progress/shared-wait.ts';
import { findingOf } from '../../../support/finding.ts';
import { evidenceOf } from '../../../support/story.ts';

const stalled = (operatorId: number, operator: string, heldMs: number, victims: Finding['victims'] = []): Finding =>
  findingOf({ operatorId, operator, heldMs, victims });

/** What is left of the findings, as "operator: victims", where each operator's call waits at the given frames. */
function left(
  findings: readonly Finding[],
  calls: Readonly<Record<string, readonly string[]>>,
  { asked = [], open = [] }: { readonly asked?: readonly string[]; readonly open?: readonly string[] } = {},
): string[] {
  const joined = joinSharedWaits(findings, {
    isAsked: ({ operator }) => asked.includes(operator),
    isOpen: ({ operator }) => open.includes(operator),
    operatorOf: () => undefined,
    evidenceOf: ({ operator, operatorId }) => {
      const { payload, atUnixNano } = evidenceOf({ operatorId, await: calls[operator] ?? [] });
      return payload.case === 'evidence' ? [readEvidence(payload.value, atUnixNano)] : [];
    },
  });
  return joined.map(({ operator, victims }) => `${operator}: ${victims.map((victim) => victim.operator).join(', ')}`);
}

const put = 'user put /app/channel.mjs:18';
const victim = { worker: 'w1', operatorId: 3, operator: 'Orders' };

test('of operators that wait at the same place the one that has stood for longest is named, and the others wait with it', () => {
  const findings = [stalled(1, 'read', 3000, [victim]), stalled(2, 'settle', 3400)];
  const calls = { read: [put, 'user read /app/read.mjs:4'], settle: [put, 'user settle /app/settle.mjs:9'] };
  expect(left(findings, calls)).toEqual(['settle: read, Orders']);
});

test('at different places, or where the call is not known to be theirs, each is named', () => {
  const findings = [stalled(1, 'read', 3000), stalled(2, 'settle', 3400)];
  const other = 'user put /app/channel.mjs:30';
  const calls = { read: [put, 'user read /app/read.mjs:4'], settle: [other, 'user settle /app/settle.mjs:9'] };
  expect(left(findings, calls)).toEqual(['read: ', 'settle: ']);
  expect(left(findings, { read: [put], settle: [put] })).toEqual(['read: ', 'settle: ']);
  expect(left(findings, {})).toEqual(['read: ', 'settle: ']);
});

test('until it is clear where both wait, only the one that has stood for longest is named', () => {
  const findings = [stalled(1, 'read', 3000), stalled(2, 'settle', 3400)];
  const read = [put, 'user read /app/read.mjs:4'];
  expect(left(findings, {}, { asked: ['read', 'settle'] })).toEqual(['settle: ']);
  expect(left(findings, { read }, { asked: ['settle'] })).toEqual(['settle: ']);
  expect(left(findings, {}, { asked: ['read'] })).toEqual(['settle: ']);
  expect(left(findings, { read }, { asked: ['settle'], open: ['read'] })).toEqual(['read: ', 'settle: ']);
});

test('the evidence is waited for during two thresholds, and when one is named already for as long as they are being asked', () => {
  const late = (heldMs: number): Finding => findingOf({ operatorId: 1, operator: 'read', heldMs, thresholdMs: 2000 });
  const first = findingOf({ operatorId: 2, operator: 'settle', heldMs: 9000, thresholdMs: 2000 });
  expect(left([late(3999), first], {}, { asked: ['read', 'settle'] })).toEqual(['settle: ']);
  expect(left([late(4000), first], {}, { asked: ['read', 'settle'] })).toEqual(['read: ', 'settle: ']);
  expect(left([late(4000), first], {}, { asked: ['read'], open: ['settle'] })).toEqual(['settle: ']);
  expect(left([late(4000), first], {}, { open: ['settle'] })).toEqual(['read: ', 'settle: ']);
});
