import type { BuiltInClassifier } from '../classification.ts';
import { openPeers } from '../resources.ts';

/**
 * The operator was called, has not called back, and no suspended asynchronous function explains it: its callback is lost, or
 * held by something it gave it to. A sink with a connection open more likely waits for the other end of it.
 */
export const callbackLost: BuiltInClassifier = {
  name: 'callback-lost',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'operator-stalled') return undefined;
    const piece = evidence.findLast((candidate) => candidate.callbackOutstanding);
    if (piece === undefined) return undefined;
    const location = piece.operatorLocation ?? operator?.location ?? null;
    const reasons = [
      'The operator was called and has not called back, and none of its asynchronous calls is suspended.',
    ];
    const peers = openPeers(piece.resources);
    if (operator?.kind === 'sink' && peers.length > 0) {
      reasons.push(
        `It is a sink and the process holds ${peers.join(', ')} open, so the other end may not take any more.`,
      );
      return { category: 'dependency', mechanism: 'callback-lost', confidence: 0.5, location, reasons };
    }
    return {
      category: 'user',
      mechanism: 'callback-lost',
      confidence: peers.length > 0 ? 0.5 : 0.7,
      location,
      reasons,
    };
  },
};
