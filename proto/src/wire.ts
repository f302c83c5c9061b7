/**
 * WebSocket close codes of the link, from the range that RFC 6455 (7.4.2) leaves to applications. The last two digits are
 * those of the HTTP status with the nearest meaning. A code is never reused for a second meaning.
 */
export const CloseCode = {
  /** The peer sent frames that are not of the protocol, or the first one was not Hello. */
  BAD_FRAME: 4400,
  /** The token is missing or wrong, or has been withdrawn. */
  UNAUTHORISED: 4401,
  /** The token is good, but not for this worker, job or Origin. */
  FORBIDDEN: 4403,
  /** No Hello, or no Welcome, within its deadline. */
  HELLO_DEADLINE: 4408,
  /** A newer connection of the same worker has taken over. The older one must not dial again by itself. */
  REPLACED: 4409,
  /** A frame was longer than the limits allow. */
  TOO_LARGE: 4413,
  /** The monitor does not speak the protocol version that Hello named. */
  PROTOCOL_VERSION: 4426,
} as const;

/** One of the close codes. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** TCP port of a monitor of which nothing else is said. */
export const DEFAULT_PORT = 4680;

/** Path that a worker dials below the monitor's URL. */
export const WORKER_PATH = '/v1/worker';

/** WebSocket subprotocol of binary frames (proto3). */
export const SUBPROTOCOL_BINARY = 'streamgauge.v1.proto';

/** WebSocket subprotocol of text frames (ProtoJSON). */
export const SUBPROTOCOL_JSON = 'streamgauge.v1.json';

/** Major version of the protocol that this package speaks, for Hello and Welcome. */
export const PROTOCOL_VERSION = 1;

/** Stands for an epoch in `passed_epoch`: the operator has finished its input, or nothing more comes over the edge. */
export const FINISHED_EPOCH = 18_446_744_073_709_551_615n;
