import type { BuiltInClassifier } from '../classification.ts';
import { isInstalled } from '../frames.ts';
import { outsideOf } from '../outside.ts';
import { handedOut, wayOutOf } from '../way-out.ts';

/**
 * The operator was called, has not called back, and no suspended asynchronous function explains it: its callback is lost, or
 * held by something it gave it to. Somebody else is to blame when the operator is a connection, pipe or file itself or has
 * written into one, or when an answer is owed since it took its record: that the process holds some connection open proves
 * nothing.
 */
export const callbackLost: BuiltInClassifier = {
  name: 'callback-lost',
  classify: ({ finding, evidence, operator }) => {
    if (finding.rule !== 'operator-stalled') return undefined;
    const piece = evidence.findLast((candidate) => candidate.callbackOutstanding);
    if (piece === undefined) return undefined;
    const location = piece.operatorLocation ?? operator?.location ?? null;
    const decide = (category: string, confidence: number, ...reasons: readonly string[]) => ({
      category,
      mechanism: 'callback-lost',
      confidence,
      location,
      reasons,
    });
    const itself = wayOutOf(finding.operator, piece.resources);
    if (itself !== undefined) {
      const reason = `The operator is ${itself.name}, which was given something to write and has not taken it.`;
      return decide(itself.category, itself.certain ? 0.8 : 0.5, reason);
    }
    const called = 'The operator was called and has not called back, and none of its asynchronous calls is suspended.';
    const { pool, asked, earlier, unknown } = outsideOf(piece, finding);
    if (asked !== undefined) return decide(asked.category, asked.confidence, called, asked.reason);
    if (pool !== undefined) return decide(pool.category, pool.confidence, called, pool.reason);
    const way = handedOut(finding, piece.resources);
    if (way !== undefined) return decide(way.category, way.certain ? 0.7 : 0.5, called, way.reason);
    if (isInstalled(location)) {
      if (earlier !== undefined) return decide(earlier.category, earlier.confidence, called, earlier.reason);
      return decide('system', 0.6, called, 'Its code belongs to an installed package.');
    }
    if (unknown.length === 0) return decide('user', 0.7, called);
    const maybe = `It may also wait for a peer: the process holds ${unknown.join(', ')} open.`;
    return decide('user', 0.5, called, maybe);
  },
};
