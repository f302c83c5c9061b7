import type { BuiltInClassifier } from '../classification.ts';
import { isInstalled } from '../frames.ts';

/**
 * The call that holds the operator waits for a promise, and its own promise has been collected as garbage: whatever could have
 * settled it is gone, such as when two calls wait for each other, or a lock is taken again by whoever holds it. Nobody outside can
 * be to blame, because what waits for a peer is held by its connection. No stack of it is left.
 */
export const abandonedAwait: BuiltInClassifier = {
  name: 'abandoned-await',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'operator-stalled' && finding.rule !== 'record-stuck') return undefined;
    const piece = evidence.findLast(({ operatorId }) => operatorId !== 0 && operatorId === finding.operatorId);
    if (piece?.promiseAbandoned !== true) return undefined;
    const location = piece.operatorLocation ?? operator?.location ?? null;
    return {
      category: isInstalled(location) ? 'system' : 'user',
      mechanism: 'await-pending',
      // Whose code was to settle it, the project's or that of a package it has called, is gone with the promise.
      confidence: 0.8,
      location,
      reasons: [
        "The operator's call awaits something that can never happen: its promise was collected as garbage before it was settled.",
        'Calls that wait for each other, a lock taken again by its holder, and a resolver that was thrown away end like this.',
      ],
    };
  },
};
