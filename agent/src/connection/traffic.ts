/** Where a followed socket keeps its traffic: an own property that cannot be enumerated, because a look-up in a map costs more. */
export const TRAFFIC: unique symbol = Symbol('streamgauge.traffic') as never;

/** What an answer that took long is worth after each answer that came sooner: a long wait of once is forgotten within some hundred. */
const REMEMBERED = 0.98;

/** What is known of one peer over all connections to it; those that are closed count as well. */
export interface PeerHistory {
  /** As it was asked for, such as `db.internal:5432`. */
  readonly peer: string;
  /** How often something was read after something was written. */
  answers: number;
  /** The longest of these waits, milliseconds; fades. */
  usualMs: number;
  /** Attempts to connect that have failed since something was read of the peer. */
  failures: number;
  /** When the first and the last of them failed, monotonic milliseconds. */
  failingSinceMs: number;
  failedAtMs: number;
  /** Code of the last one, such as ECONNREFUSED. */
  failure: string;
}

export function newHistory(peer: string): PeerHistory {
  return { peer, answers: 0, usualMs: 0, failures: 0, failingSinceMs: 0, failedAtMs: 0, failure: '' };
}

/**
 * What goes through one connection, as far as it says whether an answer is owed. Two numbers per chunk, off a clock that costs
 * nothing to read: it is as coarse as the pulse of the agent thread.
 */
export class Traffic {
  readonly history: PeerHistory;
  /** When it was asked for, monotonic milliseconds like the others. */
  readonly bornMs: number;
  /** Something was written after the last that was read. */
  owes = false;
  /** The first write that nothing was read after. */
  askedMs = 0;
  /** The last write; 0: none. */
  wroteMs = 0;
  /** The last read; 0: none. */
  readMs = 0;

  constructor(history: PeerHistory, bornMs: number) {
    this.history = history;
    this.bornMs = bornMs;
  }

  /** Nothing has gone through it: where the server speaks first, its greeting is what is owed. */
  get untouched(): boolean {
    return this.wroteMs === 0 && this.readMs === 0;
  }

  wrote(nowMs: number): void {
    this.wroteMs = nowMs;
    if (this.owes) return;
    this.owes = true;
    this.askedMs = nowMs;
  }

  read(nowMs: number): void {
    this.readMs = nowMs;
    if (!this.owes) return;
    this.owes = false;
    const { history } = this;
    const waitedMs = nowMs - this.askedMs;
    const fadedMs = history.usualMs * REMEMBERED;
    history.usualMs = Math.max(waitedMs, fadedMs);
    history.answers++;
    history.failures = 0;
  }
}
