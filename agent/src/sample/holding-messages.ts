import {
  type Connection,
  ConnectionSchema,
  create,
  LIMITS,
  type PeerAnswers as PeerAnswersMessage,
  PeerAnswersSchema,
  type Pool,
  PoolSchema,
} from '@streamgauge/proto';
import type { ConnectionFacts } from '../connection/connection-facts.ts';
import type { PeerAnswers } from '../connection/peer-answers.ts';
import type { PoolFacts } from '../pool/pool-facts.ts';
import type { Holdings } from './holdings.ts';

/** Connections and pools on the wire. */
export function holdingMessages({ connections, pools }: Holdings): { connections: Connection[]; pools: Pool[] } {
  return {
    connections: connections.slice(0, LIMITS.CONNECTIONS_PER_EVIDENCE).map(connectionMessage),
    pools: pools.slice(0, LIMITS.POOLS_PER_EVIDENCE).map(poolMessage),
  };
}

/** What peers have answered, on the wire. */
export function peerAnswerMessages(peers: readonly PeerAnswers[]): PeerAnswersMessage[] {
  return peers.slice(0, LIMITS.PEER_ANSWERS_PER_EVIDENCE).map(({ peer, answers, refused, refusedStatus }) =>
    create(PeerAnswersSchema, {
      peer: peer.slice(0, LIMITS.NAME_CHARACTERS),
      answers: count(answers),
      refused: count(refused),
      refusedStatus: count(refusedStatus),
    }),
  );
}

function connectionMessage(facts: ConnectionFacts): Connection {
  return create(ConnectionSchema, {
    peer: facts.peer.slice(0, LIMITS.NAME_CHARACTERS),
    tls: facts.tls,
    followed: facts.followed,
    held: facts.held,
    openNano: nano(facts.openMs),
    connectingNano: nano(facts.connectingMs),
    bytesRead: whole(facts.bytesRead),
    bytesWritten: whole(facts.bytesWritten),
    unsentBytes: whole(facts.unsentBytes),
    owedNano: nano(facts.owedMs),
    wroteNano: nano(facts.wroteMs),
    readNano: nano(facts.readMs),
    answers: whole(facts.answers),
    usualAnswerNano: nano(facts.usualMs),
    requests: count(facts.requests),
    unreadAnswers: count(facts.unread),
    failedAttempts: count(facts.failures),
    failingNano: nano(facts.failingMs),
    accepted: facts.accepted,
    failure: facts.failure.slice(0, LIMITS.TOKEN_CHARACTERS),
    thread: count(facts.thread),
  });
}

function poolMessage({ kind, peer, size, inUse, making, owed, waiting, holder }: PoolFacts): Pool {
  return create(PoolSchema, {
    kind: kind.slice(0, LIMITS.NAME_CHARACTERS),
    peer: peer.slice(0, LIMITS.NAME_CHARACTERS),
    size: count(size),
    inUse: count(inUse),
    making: count(making),
    owed: count(owed),
    waiting: count(waiting),
    holder: holder.slice(0, LIMITS.NAME_CHARACTERS),
  });
}

function nano(ms: number): bigint {
  return whole(ms * 1e6);
}

/** What comes out of other people's objects may be anything. */
function whole(value: number): bigint {
  return Number.isFinite(value) && value > 0 ? BigInt(Math.round(value)) : 0n;
}

function count(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.min(0xffff_ffff, Math.round(value)) : 0;
}
