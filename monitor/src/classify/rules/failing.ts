import type { PeerAnswersFacts } from '../../model/evidence.ts';
import { awaitedPeer } from '../awaited-peer.ts';
import { errorName, isTurning, type RepeatedError, refusingPeer, repeatedError } from '../caught-errors.ts';
import type { BuiltInClassifier, Case, Classification } from '../classification.ts';
import { exhausted, unreachable } from '../error-codes.ts';
import { innermost, lineToOpen, locationOf, placeName } from '../frames.ts';
import { awaitPending } from './await-pending.ts';

/** A suspended call proves the project's own code only from this confidence on. */
const provenConfidence = 0.6;
/** What has failed says itself what is short or away, and the operator's function waited for it. */
const markedConfidence = 0.8;
/** Whose code has made it says who must act; or it was seen once. */
const plainConfidence = 0.7;
/** It was made in a file of the operator's, or by a package that says no more of it; or nothing but the time ties a peer to the call. */
const nearConfidence = 0.6;

const because: Readonly<Record<RepeatedError['category'], string>> = {
  resource: 'That is something of this machine that is used up.',
  dependency: 'That comes from a peer.',
  user: 'Nothing in it points out of the project.',
};

/**
 * The operator does not stand for want of an answer: it is answered with failures, again and again. Whoever answers must act,
 * unless the failing code is the project's: its handler, or what its suspended call shows. A handler that fails for want of a peer or
 * of something of this machine says so by the code of its error. Where the client library has ended the consumer for it, nothing is
 * tried again.
 */
export const failing: BuiltInClassifier = {
  name: 'failing',
  classify: (subject) => {
    if (subject.finding.rule !== 'operator-stalled') return undefined;
    const counted = byCount(subject);
    if (counted !== undefined) return counted;
    const repeated = repeatedError(subject);
    return repeated === undefined ? byAnswers(subject) : byError(repeated, refusingPeer(subject));
  },
};

/** Its call goes round, and whoever is asked meanwhile refuses or cannot be reached: nothing is thrown where the code looks itself. */
function byAnswers(subject: Case): Classification | undefined {
  const going = awaitPending.classify(subject);
  if (going?.mechanism !== 'livelock') return undefined;
  const refusing = refusingPeer(subject);
  const failing = { ...going, mechanism: 'failing', category: 'dependency' };
  if (refusing !== undefined && refusing.refused > 1) {
    return { ...failing, reasons: [...going.reasons, refusals(refusing)] };
  }
  const piece = subject.evidence.findLast(({ operatorId }) => operatorId === subject.finding.operatorId);
  const peer = piece === undefined ? undefined : awaitedPeer(piece, piece.heldMs || subject.finding.heldMs);
  if (peer?.tries !== true || peer.fit === 'before') return undefined;
  return { ...failing, category: peer.category, reasons: [...going.reasons, peer.reason] };
}

function refusals({ peer, refused, refusedStatus }: PeerAnswersFacts): string {
  return `Meanwhile ${peer} has answered ${refused === 1 ? 'once' : `${refused} times`}, with nothing but refusals (status ${refusedStatus}).`;
}

/** The client library counts attempts that fail, or has given up for one. */
function byCount(subject: Case): Classification | undefined {
  const { finding, operator } = subject;
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
}

/** Who must act when a handler fails: the project, unless the error says that something of this machine or a peer is what it wants. */
function ofHandler(lastFailure: unknown): string {
  if (typeof lastFailure !== 'string') return 'user';
  if (exhausted.test(lastFailure)) return 'resource';
  return unreachable.test(lastFailure) ? 'dependency' : 'user';
}

/** Its own code catches what fails, and goes on. What it has made itself may be its word for what a peer has answered. */
function byError(repeated: RepeatedError, refusing: PeerAnswersFacts | undefined): Classification {
  const { error, marked, certain, stack, at } = repeated;
  const answered = refusing !== undefined && repeated.category === 'user' && !marked ? refusing : undefined;
  const category = answered === undefined ? repeated.category : 'dependency';
  const byPackage = category === 'user' && !marked && innermost(error.frames)?.origin === 'dependency';
  const proven = marked && error.count > 1 ? markedConfidence : plainConfidence;
  const times = error.count === 1 ? 'once' : `${error.count} times`;
  const where = at === undefined ? '' : `, at ${placeName(at)}`;
  const turning =
    stack !== undefined && isTurning(stack)
      ? ['Its call went on to the next await without completing its record.']
      : [];
  return {
    category,
    mechanism: 'failing',
    confidence: certain && !byPackage ? proven : nearConfidence,
    location: at === undefined ? null : locationOf(at),
    reasons: [
      `Its code has caught ${errorName(error)} ${times} within ${(error.watchedMs / 1000).toFixed(1)} s${where}, and has not completed its record.`,
      answered === undefined ? because[category] : refusals(answered),
      ...turning,
    ],
  };
}
