import type { BuiltInClassifier } from '../classification.ts';
import { openPeers } from '../resources.ts';
import { handedOut, wayOutOf } from '../way-out.ts';

/**
 * The operator was called, has not called back, and no suspended asynchronous function explains it: its callback is lost, or
 * held by something it gave it to. A connection, pipe or file is to blame only when the operator is one itself or has written
 * into one: that the process holds some connection open proves nothing.
 */
export const callbackLost: BuiltInClassifier = {
  name: 'callback-lost',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'operator-stalled') return undefined;
    const piece = evidence.findLast((candidate) => candidate.callbackOutstanding);
    if (piece === undefined) return undefined;
    const decided = { mechanism: 'callback-lost', location: piece.operatorLocation ?? operator?.location ?? null };
    const itself = wayOutOf(finding.operator, piece.resources);
    if (itself !== undefined) {
      const reasons = [`The operator is ${itself.name}, which was given something to write and has not taken it.`];
      return { ...decided, category: itself.category, confidence: itself.certain ? 0.8 : 0.5, reasons };
    }
    const reasons = [
      'The operator was called and has not called back, and none of its asynchronous calls is suspended.',
    ];
    const way = handedOut(finding, piece.resources);
    if (way !== undefined) {
      return {
        ...decided,
        category: way.category,
        confidence: way.certain ? 0.7 : 0.5,
        reasons: [...reasons, way.reason],
      };
    }
    const peers = openPeers(piece.resources);
    if (peers.length === 0) return { ...decided, category: 'user', confidence: 0.7, reasons };
    reasons.push(`It may also wait for a peer: the process holds ${peers.join(', ')} open.`);
    return { ...decided, category: 'user', confidence: 0.5, reasons };
  },
};
