import type { Finding } from '../detect/finding.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import { type AwaitedPeer, awaitedPeer } from './awaited-peer.ts';
import { mostNamed, openPeers } from './resources.ts';
import { type UsedUpPool, usedUpPool } from './used-up-pool.ts';

/** What the worker holds besides the code that stands, and what that says of the record which is held. */
export interface Outside {
  readonly pool: UsedUpPool | undefined;
  /** Of whom something was asked on account of the record. */
  readonly asked: AwaitedPeer | undefined;
  /** Of whom something was asked before, or who was away before, if nobody was asked on its account. */
  readonly earlier: AwaitedPeer | undefined;
  /** Open connections of which it is not known whether an answer is owed on them; a few. */
  readonly unknown: readonly string[];
}

/** Reads it out of the evidence. Workers that do not tell of their connections leave it open whether a peer is waited for. */
export function outsideOf(piece: WorkerEvidence, finding: Finding): Outside {
  const unknown = piece.connectionsKnown
    ? piece.connections.flatMap(({ followed, peer }) => (followed ? [] : [`a connection to ${peer}`]))
    : openPeers(piece.resources);
  const peer = awaitedPeer(piece, piece.heldMs || finding.heldMs);
  const isEarlier = peer?.fit === 'before';
  return {
    pool: usedUpPool(piece),
    asked: isEarlier ? undefined : peer,
    earlier: isEarlier ? peer : undefined,
    unknown: unknown.slice(0, mostNamed),
  };
}
