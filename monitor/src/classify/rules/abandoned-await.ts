import { awaitedPackage } from '../awaited-package.ts';
import type { BuiltInClassifier } from '../classification.ts';
import { isInstalled, lineToOpen } from '../frames.ts';

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
    const place = piece.operatorLocation ?? operator?.location ?? null;
    const own = piece.samples.find((sample) => sample.own === true && sample.deduced === true);
    const made = awaitedPackage(own?.awaited);
    const what =
      "The operator's call awaits something that can never happen: its promise was collected as garbage before it was settled.";
    const decided = { mechanism: 'await-pending', location: (own && lineToOpen(own.frames)) ?? place };
    // Whose code was to settle it is gone with the promise; the source says who has made it.
    if (made?.category === 'system') {
      return { ...decided, category: 'system', confidence: 0.7, reasons: [what, made.reason] };
    }
    return {
      ...decided,
      category: isInstalled(place) ? 'system' : 'user',
      confidence: 0.8,
      reasons: [
        what,
        'Calls that wait for each other, a lock taken again by its holder, and a resolver that was thrown away end like this.',
      ],
    };
  },
};
