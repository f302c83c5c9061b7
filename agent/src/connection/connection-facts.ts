import type { Socket } from 'node:net';
import { type ChildBook, type EndedChild, isUnread, type KnownChild, unsentBytes } from './child-book.ts';
import type { ConnectionBook, FollowedSocket } from './connection-book.ts';
import { isSecuring } from './hooks.ts';
import { type Http2Facts, http2Facts } from './http2-streams.ts';
import { bracketed } from './peer-name.ts';
import { type Requests, requestsOn } from './requests.ts';
import type { KnownThread, ThreadBook } from './thread-book.ts';
import { type PeerHistory, TRAFFIC, type Traffic } from './traffic.ts';

/** How many connections are told of: those first on which something is outstanding. */
export const MAX_TOLD = 50;

/** One connection as evidence tells it. Plain, because it goes through the inspector by value. Ages in milliseconds. */
export interface ConnectionFacts extends Requests {
  /** `127.0.0.1:5432`: the other end, or what was asked for while there is none. */
  readonly peer: string;
  readonly tls: boolean;
  /** False: it was there before the agent, and what has gone through it is not known. */
  readonly followed: boolean;
  /** Its age, from when it was asked for; 0: not known. */
  readonly openMs: number;
  /** How long it has been connecting; 0: it is connected. */
  readonly connectingMs: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Written and not yet taken by the system. */
  readonly unsentBytes: number;
  /** Somebody waits on it for something to happen: its silence says nothing of the peer. */
  readonly held: boolean;
  /** Age of the first write that nothing was read after; 0: none. */
  readonly owedMs: number;
  /** Ages of the last write and the last read; 0: none, or not known. */
  readonly wroteMs: number;
  readonly readMs: number;
  /** How often this peer has answered, and how long it may take: the longest of late. */
  readonly answers: number;
  readonly usualMs: number;
  /** Attempts to connect to this peer that have failed in a row, for how long, and why the last one did. */
  readonly failures: number;
  readonly failingMs: number;
  readonly failure: string;
  /** The other end has asked for it. */
  readonly accepted: boolean;
  /** Number of the worker thread at the other end; 0: none. */
  readonly thread: number;
}

const NO_REQUESTS: Requests = { requests: 0, unread: 0 };

/** The connections that this thread has asked for, those first that wait for something. Never throws. */
export function connectionFacts(
  book: ConnectionBook,
  children: ChildBook,
  threads: ThreadBook,
  nowMs: number,
  held: ReadonlySet<object> = new Set(),
): ConnectionFacts[] {
  const sockets = new Set([...book.open(), ...listed()]);
  const facts = [...sockets].flatMap((socket) => {
    try {
      return factsOf(socket, nowMs, held.has(socket)) ?? [];
    } catch {
      // A socket that is being closed while it is looked at.
      return [];
    }
  });
  const processes = children.running().map((known) => factsOfChild(known, nowMs));
  const ended = children.ended().map((child) => factsOfEnded(child, nowMs));
  const messages = threads.running().map((known) => factsOfThread(known, nowMs));
  const away = book.failing().map((history) => unconnected(history, nowMs));
  return [...facts, ...processes, ...ended, ...messages, ...away]
    .sort((left, right) => weightOf(right) - weightOf(left))
    .slice(0, MAX_TOLD);
}

/** Connections that the runtime lists, of which those are missing that are paused. */
function listed(): FollowedSocket[] {
  const handles = (process as { _getActiveHandles?: () => object[] })._getActiveHandles?.() ?? [];
  // Without an address are the ends of child processes, and what the book has.
  return (handles as FollowedSocket[]).filter(
    (handle) => handle.remoteAddress !== undefined && (!isAccepted(handle) || isStuck(handle)),
  );
}

/** Of accepted connections only that is told: that the peer does not take what was written. */
function isStuck(socket: FollowedSocket): boolean {
  return socket[TRAFFIC] !== undefined && socket.writableLength > 0;
}

function isAccepted(socket: object): boolean {
  const { server, _tlsOptions } = socket as {
    readonly server?: unknown;
    readonly _tlsOptions?: { isServer?: boolean };
  };
  return (server !== undefined && server !== null) || _tlsOptions?.isServer === true;
}

function factsOf(socket: FollowedSocket, nowMs: number, held: boolean): ConnectionFacts | undefined {
  const traffic = socket[TRAFFIC];
  const { remoteAddress, remotePort, connecting, bytesRead, bytesWritten, writableLength } = socket;
  const peer = remoteAddress === undefined ? traffic?.history.peer : `${bracketed(remoteAddress)}:${remotePort}`;
  if (peer === undefined || socket.destroyed) return undefined;
  const age = (atMs: number): number => (atMs === 0 ? 0 : Math.max(1, nowMs - atMs));
  const common = {
    peer,
    held,
    tls: (socket as { encrypted?: unknown }).encrypted === true,
    bytesRead,
    bytesWritten: bytesWritten ?? 0,
    unsentBytes: writableLength,
    ...(requestsOn(socket) ?? NO_REQUESTS),
  };
  if (traffic === undefined) return { ...common, followed: false, openMs: 0, connectingMs: 0, ...NOTHING_KNOWN };
  if (isAccepted(socket)) return { ...common, ...NO_REQUESTS, ...ofAccepted(traffic, age) };
  const http2 = http2Facts(socket);
  if (http2 !== undefined) return { ...common, ...ofSession(http2, traffic, age) };
  const { history, owes, askedMs, wroteMs, readMs, bornMs } = traffic;
  // Whose peer has said all that it will ever say owes nothing.
  const owing = owes && !socket.readableEnded;
  return {
    ...common,
    followed: true,
    openMs: age(bornMs),
    connectingMs: connecting || isSecuring(socket) ? age(bornMs) : 0,
    owedMs: owing ? age(askedMs) : 0,
    wroteMs: age(wroteMs),
    readMs: age(readMs),
    answers: history.answers,
    usualMs: history.usualMs,
    ...NOT_FAILING,
  };
}

/** Who asks here is the peer. */
function ofAccepted({ wroteMs, readMs, bornMs }: Traffic, age: (atMs: number) => number) {
  const times = { openMs: age(bornMs), wroteMs: age(wroteMs), readMs: age(readMs) };
  return { ...NOTHING_KNOWN, ...times, followed: true, connectingMs: 0, accepted: true };
}

/** Nothing is seen of the bytes, so that what tells of the requests must do: where nobody does, nothing is known. */
function ofSession({ askedMs, unsentBytes }: Http2Facts, { history, bornMs }: Traffic, age: (atMs: number) => number) {
  const owedMs = age(askedMs);
  const { answers, usualMs } = history;
  const followed = owedMs > 0 || unsentBytes > 0 || TELLS_OF_HTTP2;
  const rest = { wroteMs: owedMs, readMs: 0, answers, usualMs, ...NOT_FAILING };
  return { followed, openMs: age(bornMs), connectingMs: 0, unsentBytes, owedMs, ...rest };
}

const TELLS_OF_HTTP2 = Number.parseInt(process.versions.node, 10) >= 22;
/** A process that this one has started: nothing connects to it but its standard streams and its messages. */
function factsOfChild(known: KnownChild, nowMs: number): ConnectionFacts {
  const { history, owes, askedMs, wroteMs, readMs, bornMs } = known.traffic;
  const { stdin, stdout } = known.child as { readonly stdin: Socket | null; readonly stdout: Socket | null };
  const age = (atMs: number): number => (atMs === 0 ? 0 : Math.max(1, nowMs - atMs));
  const unread = isUnread(known) ? 1 : 0;
  return {
    peer: `${history.peer} (pid ${known.child.pid})`,
    followed: true,
    held: false,
    tls: false,
    openMs: age(bornMs),
    connectingMs: 0,
    bytesRead: stdout?.bytesRead ?? 0,
    bytesWritten: stdin?.bytesWritten ?? 0,
    unsentBytes: unsentBytes(known),
    requests: unread,
    unread,
    // Where nothing can be read of it, nothing is owed.
    owedMs: owes && (stdout !== null || known.messages) ? age(askedMs) : 0,
    wroteMs: age(wroteMs),
    readMs: age(readMs),
    answers: history.answers,
    usualMs: history.usualMs,
    ...NOT_FAILING,
  };
}

/** What it was asked will never be answered. */
function factsOfEnded({ traffic, pid, atMs, how }: EndedChild, nowMs: number): ConnectionFacts {
  const age = (sinceMs: number): number => (sinceMs === 0 ? 0 : Math.max(1, nowMs - sinceMs));
  const facts = unconnected(traffic.history, nowMs);
  const { askedMs, wroteMs, readMs } = traffic;
  const asked = { owedMs: age(askedMs), wroteMs: age(wroteMs), readMs: age(readMs) };
  const end = { failures: 1, failingMs: age(atMs), failure: how };
  return { ...facts, ...asked, ...end, peer: `${traffic.history.peer} (pid ${pid})` };
}

/** A thread of this process: nothing is between the two but messages. */
function factsOfThread({ thread, traffic }: KnownThread, nowMs: number): ConnectionFacts {
  const { history, owes, askedMs, wroteMs, readMs, bornMs } = traffic;
  const age = (atMs: number): number => (atMs === 0 ? 0 : Math.max(1, nowMs - atMs));
  return {
    peer: `${history.peer} ${thread}`,
    followed: true,
    held: false,
    tls: false,
    openMs: age(bornMs),
    connectingMs: 0,
    bytesRead: 0,
    bytesWritten: 0,
    unsentBytes: 0,
    ...NO_REQUESTS,
    owedMs: owes ? age(askedMs) : 0,
    wroteMs: age(wroteMs),
    readMs: age(readMs),
    answers: history.answers,
    usualMs: history.usualMs,
    ...NOT_FAILING,
    thread,
  };
}

const NOT_FAILING = { failures: 0, failingMs: 0, failure: '', thread: 0, accepted: false };
const NOTHING_KNOWN = { owedMs: 0, wroteMs: 0, readMs: 0, answers: 0, usualMs: 0, ...NOT_FAILING };

/** A peer that cannot be reached, although there is no connection to it at this moment. */
function unconnected({ peer, answers, usualMs, failures, failingSinceMs, failure }: PeerHistory, nowMs: number) {
  const empty = { bytesRead: 0, bytesWritten: 0, unsentBytes: 0, ...NO_REQUESTS, ...NOTHING_KNOWN };
  const failing = { failures, failingMs: Math.max(1, nowMs - failingSinceMs), failure };
  return {
    peer,
    held: false,
    tls: false,
    followed: true,
    openMs: 0,
    connectingMs: 0,
    ...empty,
    answers,
    usualMs,
    ...failing,
  };
}

function weightOf({ connectingMs, owedMs, failures, requests, unsentBytes }: ConnectionFacts): number {
  const outstanding = connectingMs > 0 || owedMs > 0 || failures > 0 || unsentBytes > 0;
  return (outstanding ? 2 : 0) + (requests > 0 ? 1 : 0);
}
