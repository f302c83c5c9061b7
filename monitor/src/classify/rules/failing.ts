import type { BuiltInClassifier } from '../classification.ts';
import { exhausted, unreachable } from '../error-codes.ts';
import { lineToOpen, placeName } from '../frames.ts';
import { awaitPending } from './await-pending.ts';

/** A suspended call proves the project's own code only from this confidence on. */
const provenConfidence = 0.6;

/**
 * The operator does not stand for want of an answer: it is answered with failures, again and again. Whoever answers must act,
 * unless the failing code is the project's: its handler, or what its suspended call shows. A handler that fails for want of a peer or
 * of something of this machine says so by the code of its error. Where the client library has ended the consumer for it, nothing is
 * tried again.
 */
export const failing: BuiltInClassifier = {
  name: 'failing',
  classify: (subject) => {
    const { finding, operator } = subject;
    if (finding.rule !== 'operator-stalled') return undefined;
    const { leg, failuresSinceProgress, givenUp } = finding.facts;
    const handler = leg === 'handle';
    const over = handler && givenUp === true;
    if (!over && !(Number(failuresSinceProgress ?? 0) > 0)) return undefined;
    // The other steps of a consumer or producer are the client library's: no call of the project is suspended in them.
    const call = leg === undefined || handler ? awaitPending.classify(subject) : undefined;
    const own = handler || (call?.category === 'user' && call.confidence >= provenConfidence);
    const thrown = subject.evidence.findLast(({ failureFrames }) => failureFrames.length > 0)?.failureFrames ?? [];
    const threw = handler ? lineToOpen(thrown) : null;
    return {
      category: own ? ofHandler(finding.facts.lastFailure) : 'dependency',
      mechanism: over ? 'uncaught-error' : 'failing',
      confidence: 0.8,
      location: threw ?? call?.location ?? (handler ? (operator?.location ?? null) : null),
      reasons: [
        over
          ? 'Its handler has thrown, and the client library has ended the consumer for it: it does not begin again by itself.'
          : 'Its attempts have failed, and none has succeeded since its last completion.',
        ...(threw === null ? (call?.reasons ?? []) : [`The last one threw at ${placeName(threw)}.`]),
      ],
    };
  },
};

/** Who must act when a handler fails: the project, unless the error says that something of this machine or a peer is what it wants. */
function ofHandler(lastFailure: unknown): string {
  if (typeof lastFailure !== 'string') return 'user';
  if (exhausted.test(lastFailure)) return 'resource';
  return unreachable.test(lastFailure) ? 'dependency' : 'user';
}
