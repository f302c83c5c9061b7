import type { WorkerEvidence } from '../model/evidence.ts';
import type { Case, Classification } from './classification.ts';
import { isInstalled } from './frames.ts';
import { outsideOf } from './outside.ts';
import { handedOut, wayOutOf } from './way-out.ts';

/**
 * Who has to act when the operator has begun something and no suspended call shows where it waits. Somebody else is to blame
 * when the operator is a connection, pipe or file itself or has written into one, or when an answer is owed since it took its
 * record: that the process holds some connection open proves nothing.
 *
 * @param what says what it has begun and not ended
 */
export function withoutStack(
  { finding, operator }: Case,
  piece: WorkerEvidence,
  mechanism: 'await-pending' | 'callback-lost',
  what: string,
): Classification {
  const location = piece.operatorLocation ?? operator?.location ?? null;
  const decide = (category: string, confidence: number, ...reasons: readonly string[]): Classification => ({
    category,
    mechanism,
    confidence,
    location,
    reasons: [what, ...reasons],
  });
  const { pool, asked, earlier, unknown } = outsideOf(piece, finding);
  if (asked !== undefined) {
    const decided = decide(asked.category, asked.confidence, asked.reason);
    return { ...decided, mechanism: asked.mechanism ?? mechanism };
  }
  if (pool !== undefined) return decide(pool.category, pool.confidence, pool.reason);
  const way = handedOut(finding, piece.resources);
  if (way !== undefined) return decide(way.category, way.certain ? 0.7 : 0.5, way.reason);
  if (isInstalled(location)) {
    if (earlier !== undefined) {
      const decided = decide(earlier.category, earlier.confidence, earlier.reason);
      return { ...decided, mechanism: earlier.mechanism ?? mechanism };
    }
    return decide('system', 0.6, 'Its code belongs to an installed package.');
  }
  if (unknown.length === 0) return decide('user', 0.7);
  return decide('user', 0.5, `It may also wait for a peer: the process holds ${unknown.join(', ')} open.`);
}

/** The same where the operator itself is what leads out of the process; undefined: it is none. */
export function itselfOutside(
  { finding, operator }: Case,
  piece: WorkerEvidence,
  mechanism: 'await-pending' | 'callback-lost',
): Classification | undefined {
  const itself = wayOutOf(finding.operator, piece.resources);
  if (itself === undefined) return undefined;
  const unread = unreadChild(finding.operator, piece);
  if (unread !== undefined) {
    const reason = `${unread} has printed what nobody reads, and takes no more before somebody does.`;
    const location = piece.operatorLocation ?? operator?.location ?? null;
    return { category: 'user', mechanism: 'unread-output', confidence: 0.85, location, reasons: [reason] };
  }
  return {
    category: itself.category,
    mechanism,
    confidence: itself.certain ? 0.8 : 0.5,
    location: piece.operatorLocation ?? operator?.location ?? null,
    reasons: [`The operator is ${itself.name}, which was given something to write and has not taken it.`],
  };
}

/** The child process whose input an operator is, when it has printed what nobody reads. */
function unreadChild(operator: string, { connections }: WorkerEvidence): string | undefined {
  const command = /^(child \S+) stdin\b/.exec(operator)?.[1];
  if (command === undefined) return undefined;
  return connections.find(({ peer, unreadAnswers }) => unreadAnswers > 0 && peer.startsWith(`${command} (`))?.peer;
}
