import type { BuiltInClassifier } from '../classification.ts';
import { awaitPending } from './await-pending.ts';
import { callbackLost } from './callback-lost.ts';

/** Work of the runtime that waits for a thread of the pool or holds one, by the names of its resources. */
const poolWork = /^(?:FSReq|FileHandle|GetAddrInfo|GetNameInfo|Zlib|Brotli)/i;

/**
 * No thread of the runtime's pool is free, so that files, names, compression and cryptography stand still in the whole process. How
 * the operator waits is told by its call, as ever; who must act is not.
 */
export const threadPool: BuiltInClassifier = {
  name: 'thread-pool',
  classify: (subject) => {
    const piece = subject.evidence.findLast(({ threadPoolWaitingMs }) => threadPoolWaitingMs > 0);
    if (piece === undefined) return undefined;
    const call = awaitPending.classify(subject) ?? callbackLost.classify(subject);
    // An answer that a peer owes needs no thread of the pool.
    if (call === undefined || call.category === 'dependency') return undefined;
    const work = piece.resources.filter((resource) => poolWork.test(resource));
    const seconds = (piece.threadPoolWaitingMs / 1000).toFixed(1);
    return {
      ...call,
      category: 'resource',
      confidence: work.length > 0 ? 0.9 : 0.8,
      reasons: [
        ...call.reasons.slice(0, 1),
        `A task of no work has waited in the runtime's thread pool for ${seconds} s: all of its threads are taken.`,
        ...(work.length > 0 ? [`Open in the pool: ${work.slice(0, 3).join(', ')}.`] : []),
      ],
    };
  },
};
