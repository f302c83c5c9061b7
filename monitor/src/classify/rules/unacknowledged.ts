import type { IncidentFrame } from '../../incident/incident.ts';
import type { WorkerEvidence } from '../../model/evidence.ts';
import type { BuiltInClassifier, Case, Classification } from '../classification.ts';
import { innermost, plainName } from '../frames.ts';
import { outsideOf } from '../outside.ts';

/** So many suspended calls at one place are not a loop that waits for its next turn, but several messages. */
const severalCalls = 2;

/** Twice may be a rebalance. */
const leastRepeats = 3;

/**
 * A consumer has messages in hand, and nobody works on the oldest of them: the call of its handler has returned, or the loop over the
 * messages has asked for the next one, without a word to the broker. When the broker gives no more before it has one, as with a
 * prefetch, it stands. Code that the handler has begun and does not await is seen by its own suspended calls, and is told by them.
 */
export const unacknowledged: BuiltInClassifier = {
  name: 'unacknowledged',
  classify: (subject) => {
    const { finding, evidence, operator } = subject;
    if (finding.rule !== 'operator-stalled' && finding.rule !== 'record-stuck') return undefined;
    if (finding.facts.leg !== 'handle') return undefined;
    const piece = evidence.findLast(({ operatorId }) => operatorId !== 0 && operatorId === finding.operatorId);
    if (piece === undefined) return undefined;
    const failed = Number(finding.facts.failuresSinceProgress ?? 0) > 0;
    if (piece.repeats >= leastRepeats && !failed) return comesAgain(piece, operator);
    if (!piece.letGo) return undefined;
    const inHand = Number(finding.facts.inFlight ?? 1);
    const location = piece.operatorLocation ?? operator?.location ?? null;
    if (worksElsewhere(piece, subject, inHand) || outsideOf(piece, finding).asked !== undefined) return undefined;
    const { oldestKey, lastFailure } = finding.facts;
    const which = typeof oldestKey === 'string' ? `, the oldest of them ${oldestKey}` : '';
    return {
      category: 'user',
      mechanism: 'callback-lost',
      confidence: 0.8,
      location,
      reasons: [
        `Its code has returned from what it was given, and has not said what becomes of it: ${messages(inHand)} without acknowledgement${which}.`,
        'No call works on it and no peer owes an answer. A broker gives no more when so many are out.',
        ...(failed && typeof lastFailure === 'string' ? [`Its last call has failed: ${lastFailure}`] : []),
      ],
    };
  },
};

/** The client gives to the handler what it has not said that it is done with: that goes on for ever, and no attempt fails. */
function comesAgain({ repeats, operatorLocation }: WorkerEvidence, operator: Case['operator']): Classification {
  return {
    category: 'user',
    mechanism: 'livelock',
    confidence: 0.8,
    location: operatorLocation ?? operator?.location ?? null,
    reasons: [
      `Its code was given the same message ${repeats} times again, has returned without an error each time, and has not said that it is done with it.`,
    ],
  };
}

function messages(count: number): string {
  return count === 1 ? 'one message is' : `${count} messages are`;
}

/**
 * Whether suspended calls of the project's, at one place in a file of the operator's, may be those that work on the messages. A call that
 * passes through the handler itself has not returned, and so is another message's.
 */
function worksElsewhere({ samples, operatorLocation }: WorkerEvidence, { operator }: Case, inHand: number): boolean {
  const places = [operatorLocation, operator?.location].flatMap((place) => place ?? []);
  const isIn = (frame: IncidentFrame): boolean => places.some(({ file }) => file === frame.file);
  const isHandler = (frame: IncidentFrame): boolean =>
    places.some((place) => place.function !== '' && place.file === frame.file && plainName(frame) === place.function);
  return samples.some(({ kind, count, frames }) => {
    const inner = innermost(frames);
    if (kind !== 'await' || count < Math.min(severalCalls, inHand) || inner?.origin !== 'user') return false;
    return isIn(inner) && !isModule(inner) && !frames.some(isHandler);
  });
}

/** A module that awaits what it has begun, such as its producer, at the beginning of a line. */
function isModule(frame: IncidentFrame): boolean {
  return frame.function === '' && frame.column === 1;
}
