import type { WorkerEvidence } from '../model/evidence.ts';
import type { PoolFacts } from '../model/holdings.ts';

/** A pool for which somebody waits, and who must act so that there is something to lend again. */
export interface UsedUpPool {
  readonly category: 'user' | 'dependency' | 'system';
  readonly confidence: number;
  readonly reason: string;
}

/**
 * What is lent out and waited for. When the peers of all that is lent owe an answer they are waited for; when nobody owes
 * anything, the project has not given back what it took; and when there would be room, the pool does not use it.
 */
export function usedUpPool({ pools, connections }: WorkerEvidence): UsedUpPool | undefined {
  for (const pool of pools) {
    if (pool.waiting === 0) continue;
    const unread = connections.filter(
      (connection) => connection.unreadAnswers > 0 && isOf(connection.peer, pool),
    ).length;
    const decided = judge(pool, unread);
    if (decided !== undefined) return decided;
  }
  return undefined;
}

function judge(pool: PoolFacts, unread: number): UsedUpPool | undefined {
  const { kind, peer, size, inUse, making, owed, waiting, holder } = pool;
  if (holder !== '') {
    const reason = `A connection of ${kind} to ${peer} is held by the command ${holder}, which waits for something to happen, and ${waiting} wait behind it.`;
    return { category: 'user', confidence: 0.85, reason };
  }
  const name = peer === '' ? `The pool of ${kind}` : `The pool of ${kind} for ${peer}`;
  const state = `${inUse} of ${size === 0 ? 'any number' : size} in use, ${waiting} waiting`;
  // What is still being made shows among the connections.
  if (making > 0) return undefined;
  if (size === 0 || inUse < size) {
    // Waiting while there is room can be right for a moment only, and this moment is the one in which the operator stands.
    const reason = `${name} lends nothing although it has room: ${state}.`;
    return size === 0 ? undefined : { category: 'system', confidence: 0.7, reason };
  }
  if (unread > 0) {
    const reason = `${name} is used up (${state}), and ${unread} of its connections hold an answer that nobody reads.`;
    return { category: 'user', confidence: 0.85, reason };
  }
  if (owed === 0) {
    const reason = `${name} is used up (${state}), and no peer owes an answer on what is in use: it was not given back.`;
    return { category: 'user', confidence: 0.85, reason };
  }
  const reason = `${name} is used up (${state}), and ${owed} of those in use wait for an answer.`;
  return owed === inUse ? { category: 'dependency', confidence: 0.7, reason } : undefined;
}

/** Names of hosts become addresses on the way: where they differ the port decides. */
function isOf(peer: string, pool: PoolFacts): boolean {
  if (pool.peer === '' || pool.peer === peer) return true;
  return portOf(pool.peer) === portOf(peer);
}

function portOf(peer: string): string {
  return peer.slice(peer.lastIndexOf(':') + 1);
}
