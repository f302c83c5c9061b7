import { streamsOf } from './http2-streams.ts';
import { symbolValue } from './symbol-value.ts';

/** What the HTTP client that uses a connection says of it. */
export interface Requests {
  /** Requests under way: sent, and not answered to the end. */
  readonly requests: number;
  /** Of these, those whose answer has begun to come and is not being read. */
  readonly unread: number;
}

/** The parts of a request of node:http that are looked at. */
interface ClientRequest {
  readonly res?: Answer | null;
  readonly method?: unknown;
}

interface Answer {
  readonly readableFlowing: boolean | null;
  readonly readableLength: number;
  readonly complete: boolean;
  listenerCount(event: string): number;
}

/** Undefined: no HTTP client is known to use it. Only counts: no path, no headers. */
export function requestsOn(socket: object): Requests | undefined {
  return ofHttp(socket) ?? ofUndici(socket) ?? ofHttp2(socket);
}

/** The runtime's `http` and `https` leave the request that uses a socket on it. */
function ofHttp(socket: object): Requests | undefined {
  const message = (socket as { readonly _httpMessage?: ClientRequest | null })._httpMessage;
  if (typeof message !== 'object' || message === null || !('res' in message)) return undefined;
  const answer = message.res;
  if (answer === null || answer === undefined) return { requests: 1, unread: 0 };
  const read =
    answer.readableFlowing === true || answer.listenerCount('data') > 0 || answer.listenerCount('readable') > 0;
  return { requests: 1, unread: read || (answer.complete && answer.readableLength === 0) ? 0 : 1 };
}

/**
 * undici, also the one inside of Node.js behind fetch(): a client on each socket, with a list of requests of which those from
 * one number on are under way and those from another on are still to be sent; a parser that is paused while a body is not read.
 */
function ofUndici(socket: object): Requests | undefined {
  const running = runningOf(symbolValue(socket, 'client'));
  if (running === undefined) return undefined;
  const parser = symbolValue(socket, 'parser') as { readonly paused?: unknown } | null | undefined;
  return { requests: running, unread: running > 0 && parser?.paused === true ? 1 : 0 };
}

/** Requests that a client of undici has sent and that are not answered; undefined: it is none. */
export function runningOf(client: unknown): number | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  const from = symbolValue(client, 'running index');
  const to = symbolValue(client, 'pending index');
  return typeof from === 'number' && typeof to === 'number' ? to - from : undefined;
}

function ofHttp2(socket: object): Requests | undefined {
  const streams = streamsOf(socket);
  return streams === undefined ? undefined : { requests: streams.length, unread: 0 };
}
