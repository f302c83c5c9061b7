import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Patches } from '../stream/patch.ts';
import { symbolValue } from './symbol-value.ts';

/** When requests of HTTP/2 were sent, and that their answer has begun; those that are over are forgotten with their stream. */
const sent: WeakMap<object, number> = new WeakMap();

/** Where the runtime tells of requests of HTTP/2, from Node.js 22 on; in older ones nobody does. */
const STARTED = 'http2.client.stream.start';
const ANSWERED = 'http2.client.stream.finish';

/**
 * Notes when requests of HTTP/2 are sent and answered. A session takes its socket over, and nothing of what goes through it is
 * seen there.
 */
export function watchHttp2(patches: Patches, clock: Float64Array): void {
  const onStarted = (message: unknown): void => {
    const stream = streamIn(message);
    if (stream !== undefined) sent.set(stream, clock[0] as number);
  };
  const onAnswered = (message: unknown): void => {
    const stream = streamIn(message);
    if (stream !== undefined) sent.delete(stream);
  };
  subscribe(STARTED, onStarted);
  subscribe(ANSWERED, onAnswered);
  patches.undo(() => {
    unsubscribe(STARTED, onStarted);
    unsubscribe(ANSWERED, onAnswered);
  });
}

function streamIn(message: unknown): object | undefined {
  const stream = (message as { readonly stream?: unknown } | undefined)?.stream;
  return typeof stream === 'object' && stream !== null ? stream : undefined;
}

/** What is outstanding on a session of HTTP/2. */
export interface Http2Facts {
  /** When the oldest request was sent whose answer has not begun; 0: none, or not known. */
  readonly askedMs: number;
  /** What its streams hold because the peer does not take it. */
  readonly unsentBytes: number;
}

/** Undefined: no session has taken the socket over. */
export function http2Facts(socket: object): Http2Facts | undefined {
  const streams = streamsOf(socket);
  if (streams === undefined) return undefined;
  let askedMs = 0;
  let unsentBytes = 0;
  for (const stream of streams) {
    const sentMs = sent.get(stream) ?? 0;
    if (sentMs > 0 && (askedMs === 0 || sentMs < askedMs)) askedMs = sentMs;
    unsentBytes += (stream as { readonly writableLength?: number }).writableLength ?? 0;
  }
  return { askedMs, unsentBytes };
}

/** The open streams of the session that has taken the socket over. */
export function streamsOf(socket: object): readonly object[] | undefined {
  const session = sessionOf(socket);
  const state = session === undefined ? undefined : symbolValue(session, 'state');
  // A map of the runtime's own kind, which is no instance of Map.
  const { streams } = (state ?? {}) as { readonly streams?: { values?(): Iterable<object> } };
  return typeof streams?.values === 'function' ? [...streams.values()] : undefined;
}

/**
 * The runtime leaves the session on the socket: meant is a symbol, and what it is under in Node.js 20 to 26 is the word
 * "undefined", because the name of the symbol is not defined where it is used.
 */
function sessionOf(socket: object): object | undefined {
  const left: unknown = Object.getOwnPropertyDescriptor(socket, 'undefined')?.value ?? symbolValue(socket, 'session');
  return typeof left === 'object' && left !== null ? left : undefined;
}
