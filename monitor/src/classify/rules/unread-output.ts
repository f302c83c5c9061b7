import type { BuiltInClassifier, Case, Classification } from '../classification.ts';

/**
 * Nobody is attached to read an operator's output, or what a stalled operator puts its input into: the program was put together
 * without a consumer there.
 */
export const unreadOutput: BuiltInClassifier = {
  name: 'unread-output',
  classify: (subject) => {
    const { finding, operator } = subject;
    if (finding.rule === 'operator-stalled') return unreadWithin(subject);
    if (finding.rule !== 'nobody-reads') return undefined;
    return {
      category: 'user',
      mechanism: 'unread-output',
      confidence: 0.7,
      location: operator?.location ?? null,
      reasons: ['The output of the operator is full, and no stream, listener or iterator is attached to read it.'],
    };
  },
};

function unreadWithin({ finding, evidence, operator }: Case): Classification | undefined {
  const piece = evidence.findLast(({ operatorId }) => operatorId === finding.operatorId);
  if (piece === undefined || piece.unreadOutput === '' || !piece.callbackOutstanding) return undefined;
  return {
    category: 'user',
    mechanism: 'unread-output',
    confidence: 0.8,
    location: piece.operatorLocation ?? operator?.location ?? null,
    reasons: [
      `The operator has not called back, and has within it a stream (${piece.unreadOutput}) that is full and that nobody reads.`,
    ],
  };
}
