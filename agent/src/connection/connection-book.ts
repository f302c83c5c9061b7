import type { Socket } from 'node:net';
import { newHistory, type PeerHistory, TRAFFIC, Traffic } from './traffic.ts';

/** A socket of which the agent may know what has gone through it. */
export type FollowedSocket = Socket & { [TRAFFIC]?: Traffic };

/** How many connections and peers are known at once. A connection beyond that is seen only while it keeps the event loop alive. */
const MAX_CONNECTIONS = 4096;
const MAX_PEERS = 256;
/** Below this many nobody looks which of them are gone. */
const FEW = 64;

/**
 * The connections that this thread has asked for, held weakly. Those that the runtime lists are not enough: one that is paused,
 * because nobody reads the answer, is not among them.
 */
export class ConnectionBook {
  readonly #peers: Map<string, PeerHistory> = new Map();
  /** Of those who ask nothing is remembered. */
  readonly #accepted: PeerHistory = newHistory('accepted');
  readonly #nowMs: () => number;
  #sockets: WeakRef<FollowedSocket>[] = [];
  #sweepAt = FEW;

  /** @param nowMs monotonic and coarse: the clock of the traffic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A socket is about to be connected, also once more. */
  follow(socket: FollowedSocket, peer: string): void {
    const traffic = new Traffic(this.#history(peer), this.#nowMs());
    Object.defineProperty(socket, TRAFFIC, { value: traffic, configurable: true, enumerable: false, writable: true });
    if (this.#sockets.length >= this.#sweepAt) this.#sweep();
    if (this.#sockets.length < MAX_CONNECTIONS) this.#sockets.push(new WeakRef(socket));
  }

  /** A connection was accepted: what is written into it is known, and it is found among what the runtime lists. */
  accept(socket: FollowedSocket): void {
    const traffic = new Traffic(this.#accepted, this.#nowMs());
    Object.defineProperty(socket, TRAFFIC, { value: traffic, configurable: true, enumerable: false, writable: true });
  }

  /** An attempt to connect has come to nothing. */
  failed({ history }: Traffic, code: string): void {
    const nowMs = this.#nowMs();
    if (history.failures === 0) history.failingSinceMs = nowMs;
    history.failures++;
    history.failedAtMs = nowMs;
    history.failure = code;
  }

  /** Those that are there now. */
  open(): FollowedSocket[] {
    return this.#sockets.flatMap((weak) => {
      const socket = weak.deref();
      return socket === undefined || socket.destroyed ? [] : [socket];
    });
  }

  /** Peers to which no connection has come about since the last attempt failed. */
  failing(): PeerHistory[] {
    return [...this.#peers.values()].filter(({ failures }) => failures > 0);
  }

  #history(peer: string): PeerHistory {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    // The one that was met first goes: its open connections keep what they know of it.
    if (this.#peers.size >= MAX_PEERS) this.#peers.delete(this.#peers.keys().next().value as string);
    const history = newHistory(peer);
    this.#peers.set(peer, history);
    return history;
  }

  #sweep(): void {
    this.#sockets = this.#sockets.filter((weak) => weak.deref()?.destroyed === false);
    this.#sweepAt = Math.min(MAX_CONNECTIONS, Math.max(FEW, this.#sockets.length * 2));
  }
}
