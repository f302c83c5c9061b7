import type { RuleName } from '../../detect/finding.ts';
import type { BuiltInClassifier } from '../classification.ts';

/** What is certain without any evidence, from the rule alone. */
const mechanisms: Readonly<Record<RuleName, string>> = {
  'loop-blocked': 'loop-blocked',
  'operator-stalled': 'unknown',
  'connection-lost': 'disconnected',
  'record-stuck': 'unknown',
  'nobody-reads': 'unread-output',
  'left-undone': 'unknown',
  'worker-lost': 'unknown',
  failure: 'unknown',
};

/** The end of the chain: says honestly that the cause is not known, and what there is. */
export const unknownCause: BuiltInClassifier = {
  name: 'unknown',
  classify: ({ finding, evidence, operator }) => ({
    category: 'unknown',
    mechanism: mechanisms[finding.rule],
    confidence: evidence.length === 0 ? 0.1 : 0.3,
    location:
      evidence.findLast((piece) => piece.operatorLocation !== null)?.operatorLocation ?? operator?.location ?? null,
    reasons: [reasonFor(finding.rule, evidence.length)],
  }),
};

function reasonFor(rule: RuleName, pieces: number): string {
  if (rule === 'worker-lost')
    return 'A worker that went without goodbye leaves no trace of why: killed, crashed, or cut off.';
  if (rule === 'left-undone' && pieces === 0)
    return 'The event loop ran dry, and no evidence of the operator has arrived.';
  if (rule === 'failure') return 'The process told its exit code and no error.';
  return pieces === 0 ? 'No evidence has arrived yet.' : 'The evidence fits none of the known causes.';
}
