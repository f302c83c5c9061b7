import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { ConnectionBook, FollowedSocket } from './connection-book.ts';
import { watchHttp2 } from './http2-streams.ts';
import { peerOf } from './peer-name.ts';
import { TRAFFIC } from './traffic.ts';

const ACCEPTED = 'net.server.socket';

/**
 * Follows the connections that the program asks for: when something is written into one, when something is read from it, and
 * attempts that fail. Of accepted connections it is known when something was written. Those that were there before have no traffic:
 * of these nothing is said.
 *
 * @param clock the board's, whose first cell is the time of the last pulse
 */
export function hookConnections(
  patches: Patches,
  book: ConnectionBook,
  clock: Float64Array,
  onError: (error: unknown) => void,
): void {
  const prototype = Socket.prototype as unknown as Record<string, unknown>;

  patches.method(prototype, 'connect', (original: Method): Method => {
    return function connect(this: FollowedSocket, ...rest: unknown[]): unknown {
      try {
        book.follow(this, peerOf(rest));
      } catch (error) {
        onError(error);
      }
      return original.apply(this, rest);
    };
  });

  // What every write comes down to, with one chunk or several, also of TLS.
  patches.method(prototype, '_writeGeneric', (original: Method): Method => {
    return function _writeGeneric(
      this: FollowedSocket,
      writev: unknown,
      data: unknown,
      encoding: unknown,
      callback: unknown,
    ): unknown {
      const traffic = this[TRAFFIC];
      // The cell is Clock.NOW_MS, written as a number because every chunk pays for this line.
      if (traffic !== undefined) traffic.wrote(clock[0] as number);
      return original.call(this, writev, data, encoding, callback);
    };
  });

  patches.method(prototype, '_destroy', (original: Method): Method => {
    return function _destroy(this: FollowedSocket, error: unknown, callback: unknown): unknown {
      const traffic = this[TRAFFIC];
      if (traffic !== undefined && (this.connecting || isSecuring(this) || isOfConnect(error))) {
        book.failed(traffic, codeOf(error));
      }
      return original.call(this, error, callback);
    };
  });

  const accepted = (message: unknown): void => {
    const { socket } = (message ?? {}) as { readonly socket?: unknown };
    try {
      if (socket instanceof Socket) book.accept(socket);
    } catch (error) {
      onError(error);
    }
  };
  subscribe(ACCEPTED, accepted);
  patches.undo(() => unsubscribe(ACCEPTED, accepted));
  hookPush(patches, prototype, clock);
  watchHttp2(patches, clock);
}

/** Sockets inherit push(): the one that is put in front of it calls whatever there is to inherit then. */
function hookPush(patches: Patches, prototype: Record<string, unknown>, clock: Float64Array): void {
  if (Object.hasOwn(prototype, 'push')) return;
  const above = Object.getPrototypeOf(prototype) as { push: Method };
  const push = function push(this: FollowedSocket, chunk: unknown, encoding: unknown): unknown {
    const traffic = this[TRAFFIC];
    // The end of what the peer sends is no answer.
    if (traffic !== undefined && chunk !== null) traffic.read(clock[0] as number);
    return above.push.call(this, chunk, encoding);
  };
  Object.defineProperty(prototype, 'push', { value: push, configurable: true, enumerable: false, writable: true });
  patches.undo(() => {
    // Somebody who has patched on top of this keeps the last word.
    if (prototype.push === push) delete prototype.push;
  });
}

/** TLS is being agreed upon: the connection is there, and nothing can go through it yet. */
export function isSecuring(socket: object): boolean {
  return (socket as { readonly secureConnecting?: unknown }).secureConnecting === true;
}

/** By the time it is destroyed for it, a socket does not count as connecting any more. */
function isOfConnect(error: unknown): boolean {
  const { syscall, errors } = (error ?? {}) as { readonly syscall?: unknown; readonly errors?: readonly unknown[] };
  // Where a name has several addresses there is one error of each.
  return syscall === 'connect' || (Array.isArray(errors) && errors.length > 0 && errors.every(isOfConnect));
}

function codeOf(error: unknown): string {
  const code: unknown = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'given up';
}
