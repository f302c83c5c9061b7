import type { BuiltInClassifier, Case, NamedClassification } from './classification.ts';
import { abandonedAwait } from './rules/abandoned-await.ts';
import { awaitPending } from './rules/await-pending.ts';
import { callbackLost } from './rules/callback-lost.ts';
import { disconnected } from './rules/disconnected.ts';
import { failing } from './rules/failing.ts';
import { gc } from './rules/gc.ts';
import { gone } from './rules/gone.ts';
import { leftUndone } from './rules/left-undone.ts';
import { loopBlocked } from './rules/loop-blocked.ts';
import { nativeCall } from './rules/native-call.ts';
import { notScheduled } from './rules/not-scheduled.ts';
import { threadPool } from './rules/thread-pool.ts';
import { unacknowledged } from './rules/unacknowledged.ts';
import { uncaughtError } from './rules/uncaught-error.ts';
import { unknownCause } from './rules/unknown.ts';
import { unreadOutput } from './rules/unread-output.ts';

/** The built-in classifiers in the order in which they are asked: the more special before the more general. */
export const builtInClassifiers: readonly BuiltInClassifier[] = [
  gc,
  notScheduled,
  nativeCall,
  loopBlocked,
  leftUndone,
  disconnected,
  unacknowledged,
  failing,
  threadPool,
  unreadOutput,
  abandonedAwait,
  awaitPending,
  callbackLost,
  uncaughtError,
  gone,
  unknownCause,
];

/** The first built-in answer. Pure and never without one. */
export function classifyBuiltIn(subject: Case): NamedClassification {
  for (const classifier of builtInClassifiers) {
    const decided = classifier.classify(subject);
    if (decided !== undefined) return { ...decided, classifier: classifier.name };
  }
  return {
    category: 'unknown',
    mechanism: 'unknown',
    confidence: 0,
    location: null,
    reasons: [],
    classifier: 'unknown',
  };
}
