import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../monitor/src/detect/finding.ts';
import { readEvidence } from '../../../../monitor/src/model/evidence.ts';
import { withoutStarvedLoops } from '../../../../monitor/src/progress/starved-loop.ts';
import { findingOf } from '../../../support/finding.ts';
import { type EvidenceWords, evidenceOf } from '../../../support/story.ts';

const stall = findingOf({ rule: 'operator-stalled', operatorId: 1, operator: 'enrich' });
const silence = findingOf({ rule: 'loop-blocked', operatorId: 0, operator: '', heldMs: 2000, thresholdMs: 1000 });
const starved: EvidenceWords = { trigger: 'loop-blocked', thread: { state: 'R', cpuShare: 0.08 } };
const working: EvidenceWords = { trigger: 'loop-blocked', thread: { state: 'R', cpuShare: 0.9 } };

function left(findings: readonly Finding[], words: readonly EvidenceWords[], isOpen = false): readonly Finding[] {
  const evidence = words.map((each) => {
    const { payload, atUnixNano } = evidenceOf(each);
    if (payload.case !== 'evidence') throw new Error('no evidence');
    return readEvidence(payload.value, atUnixNano);
  });
  return withoutStarvedLoops(findings, { evidenceOf: () => evidence, isOpen: () => isOpen });
}

describe('an event loop that is silent beside the stall of an operator', () => {
  it('is no incident of its own when the main thread gets no processor', () => {
    expect(left([stall, silence], [starved])).toEqual([stall]);
  });

  it('waits for evidence that its code holds the main thread', () => {
    expect(left([stall, silence], [])).toEqual([stall]);
    expect(left([stall, silence], [working])).toEqual([stall, silence]);
  });

  it('blames nobody whose code happens to be the one that gets no processor', () => {
    expect(left([stall, { ...silence, operatorId: 2, operator: 'hash' }], [starved])).toEqual([stall]);
  });

  it('is one when it lasts, and when it is open already', () => {
    const long = { ...silence, heldMs: 5000 };
    expect(left([stall, long], [starved])).toEqual([stall, long]);
    expect(left([stall, silence], [starved], true)).toEqual([stall, silence]);
  });

  it('is one where no operator stalls but the one whose code gets no processor', () => {
    expect(left([silence], [starved])).toEqual([silence]);
    const own = { ...silence, operatorId: 1, operator: 'enrich' };
    expect(left([stall, own], [starved])).toEqual([stall, own]);
  });
});
