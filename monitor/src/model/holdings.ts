import type { Connection, Pool } from '@streamgauge/proto';
import { nanoToMs } from './wire-values.ts';

/** One connection that a worker has asked for, or a peer to which it cannot connect. Ages in milliseconds; 0: none, not known. */
export interface ConnectionFacts {
  /** Address and port; hostile text. */
  readonly peer: string;
  readonly tls: boolean;
  /** False: what has gone through it is not known. */
  readonly followed: boolean;
  /** The peer has asked for it; told of only when it does not take what was written. */
  readonly accepted: boolean;
  /** A command that waits for something to happen is under way: its silence says nothing of the peer. */
  readonly held: boolean;
  /** Since it was asked for. */
  readonly openMs: number;
  /** 0: it is connected. */
  readonly connectingMs: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly unsentBytes: number;
  /** Age of the first write that nothing was read after. */
  readonly owedMs: number;
  readonly wroteMs: number;
  readonly readMs: number;
  /** How often this peer has answered, and the longest that it took lately. */
  readonly answers: number;
  readonly usualAnswerMs: number;
  /** Requests under way, and of these the ones whose answer has begun to come and is not being read. */
  readonly requests: number;
  readonly unreadAnswers: number;
  /** Attempts to connect that have failed in a row. */
  readonly failedAttempts: number;
  readonly failingMs: number;
  /** Code of the last failure; hostile text. */
  readonly failure: string;
  /** Worker thread at the other end; 0: none. */
  readonly thread: number;
}

/** Something that lends a bounded number of things. */
export interface PoolFacts {
  /** The package; hostile text, like the peer. */
  readonly kind: string;
  readonly peer: string;
  /** 0: not bounded, or not known. */
  readonly size: number;
  readonly inUse: number;
  /** Of those in use, the ones that are still being made. */
  readonly making: number;
  /** Of those in use, the ones whose peer owes an answer. */
  readonly owed: number;
  readonly waiting: number;
  /** What holds what is in use, such as the name of a command; hostile text. Empty: not known. */
  readonly holder: string;
}

export function readConnection(connection: Connection): ConnectionFacts {
  const { peer, tls, followed, accepted, held, requests, unreadAnswers, failedAttempts, failure, thread } = connection;
  return {
    peer,
    tls,
    followed,
    accepted,
    held,
    openMs: nanoToMs(connection.openNano),
    connectingMs: nanoToMs(connection.connectingNano),
    bytesRead: Number(connection.bytesRead),
    bytesWritten: Number(connection.bytesWritten),
    unsentBytes: Number(connection.unsentBytes),
    owedMs: nanoToMs(connection.owedNano),
    wroteMs: nanoToMs(connection.wroteNano),
    readMs: nanoToMs(connection.readNano),
    answers: Number(connection.answers),
    usualAnswerMs: nanoToMs(connection.usualAnswerNano),
    requests,
    unreadAnswers,
    failedAttempts,
    failingMs: nanoToMs(connection.failingNano),
    failure,
    thread,
  };
}

export function readPool({ kind, peer, size, inUse, making, owed, waiting, holder }: Pool): PoolFacts {
  return { kind, peer, size, inUse, making, owed, waiting, holder };
}
