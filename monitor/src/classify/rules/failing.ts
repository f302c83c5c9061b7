import type { BuiltInClassifier } from '../classification.ts';
import { awaitPending } from './await-pending.ts';

/** A suspended call proves the project's own code only from this confidence on. */
const provenConfidence = 0.6;

/**
 * The operator does not stand for want of an answer: it is answered with failures, again and again. Whoever answers must act,
 * unless the failing code is the project's: its handler, or what its suspended call shows.
 */
export const failing: BuiltInClassifier = {
  name: 'failing',
  classify: (subject) => {
    const { finding, operator } = subject;
    if (finding.rule !== 'operator-stalled' || !(Number(finding.facts.failuresSinceProgress ?? 0) > 0))
      return undefined;
    const { leg } = finding.facts;
    const handler = leg === 'handle';
    // The other steps of a consumer or producer are the client library's: no call of the project is suspended in them.
    const call = leg === undefined || handler ? awaitPending.classify(subject) : undefined;
    const own = handler || (call?.category === 'user' && call.confidence >= provenConfidence);
    return {
      category: own ? 'user' : 'dependency',
      mechanism: 'failing',
      confidence: 0.8,
      location: call?.location ?? (handler ? (operator?.location ?? null) : null),
      reasons: [
        'Its attempts have failed, and none has succeeded since its last completion.',
        ...(call?.reasons ?? []),
      ],
    };
  },
};
