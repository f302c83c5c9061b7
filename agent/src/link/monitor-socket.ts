import { LIMITS, SUBPROTOCOL_BINARY } from '@streamgauge/proto';
import WebSocket from 'ws';
import type { Credentials } from './credentials.ts';
import { type Dialled, tlsFault } from './tls-faults.ts';

/** How long reaching the monitor and upgrading the connection may take. */
const HANDSHAKE_TIMEOUT_MS = 5000;

/** Why a connection ended. */
export interface Ending {
  /** WebSocket close code; 1006 when there was none. */
  readonly code: number;
  /** Status of the HTTP answer when the monitor did not upgrade the connection. */
  readonly status: number | undefined;
  /** One sentence without a full stop. */
  readonly reason: string;
}

/** What is told about one connection. `onEnd` is called exactly once. */
export interface MonitorSocketEvents {
  onOpen(): void;
  /** Undefined: a frame that is not binary. */
  onFrame(bytes: Uint8Array | undefined): void;
  onPong(): void;
  onEnd(ending: Ending): void;
}

/** One connection to the monitor, from dialling to its end. */
export interface MonitorSocket {
  /** Bytes handed over and not yet taken by the operating system. */
  readonly bufferedBytes: number;
  /** `sent` is called when the operating system has taken the frame, or never will. */
  send(frame: Uint8Array, sent?: () => void): void;
  ping(): void;
  /** Reads nothing more until `resume`, but what has come already. */
  pause(): void;
  resume(): void;
  /** Ends the connection at once, without a closing handshake. */
  terminate(): void;
}

/** Dials. The token goes into a header, never into the address. Throws for certificates that cannot be used. */
export function dial(url: string, credentials: Credentials, events: MonitorSocketEvents): MonitorSocket {
  const { token, ca, cert, key } = credentials;
  const withTls: Dialled = cert === undefined ? 'with-tls' : 'with-certificate';
  const dialled: Dialled = url.startsWith('ws:') ? 'without-tls' : withTls;
  let status: number | undefined;
  let fault: string | undefined;
  const socket = new WebSocket(url, [SUBPROTOCOL_BINARY], {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: LIMITS.FRAME_BYTES,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    followRedirects: false,
    // Also where the program has NODE_TLS_REJECT_UNAUTHORIZED=0 for connections of its own.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  socket.binaryType = 'nodebuffer';
  let opened = false;
  socket.on('open', () => {
    opened = true;
    events.onOpen();
  });
  socket.on('message', (data, isBinary) => events.onFrame(isBinary ? (data as Buffer) : undefined));
  socket.on('pong', () => events.onPong());
  socket.on('unexpected-response', (_request, response) => {
    status = response.statusCode;
    // What ws says of an end that is asked for before the upgrade means nothing to anybody.
    fault ??= `it answered with HTTP status ${status}`;
    socket.terminate();
  });
  socket.on('error', (error) => {
    fault ??= describe(error, opened ? undefined : dialled);
  });
  socket.on('close', (code, reason) => {
    const said = reason.toString().replace(/\.$/, '');
    events.onEnd({ code, status, reason: said || (fault ?? `connection closed with code ${code}`) });
  });
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (frame, sent) => socket.send(frame, { binary: true }, () => sent?.()),
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    terminate: () => socket.terminate(),
  };
}

/**
 * One sentence about an error of a connection, without a full stop.
 *
 * @param dialled undefined: it was open, or nothing was dialled
 */
export function describe(error: Error, dialled?: Dialled): string {
  const fault = tlsFault(error, dialled);
  if (fault !== undefined) return fault;
  const code = (error as NodeJS.ErrnoException).code;
  // Several addresses of one name that all failed arrive as an AggregateError without a message of its own.
  return error.message || code || error.name;
}
