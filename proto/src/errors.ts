/**
 * Stable codes of everything this package throws. A code is never renamed and never used for a second meaning.
 */
export const ProtocolErrorCode = {
  /** The bytes are not a message of the expected type: truncated, wrong wire type, invalid UTF-8, too deeply nested. */
  MALFORMED: 'SG_PROTO_MALFORMED',
  /** The frame is longer than the limit for its place in the connection. */
  TOO_LARGE: 'SG_PROTO_TOO_LARGE',
  /** A JSON frame is not JSON at all. */
  NOT_JSON: 'SG_PROTO_NOT_JSON',
  /** Arrays and objects of a JSON frame are nested more deeply than any message of the protocol can be. */
  TOO_DEEP: 'SG_PROTO_TOO_DEEP',
  /** A list that cannot be cut without changing its meaning holds more entries than the limits allow. */
  LIMIT_EXCEEDED: 'SG_PROTO_LIMIT_EXCEEDED',
  /** A field without which the message has no meaning is missing or 0. */
  FIELD_MISSING: 'SG_PROTO_FIELD_MISSING',
  /** A field that must be plain and unique holds something else, such as an identity with control characters. */
  FIELD_INVALID: 'SG_PROTO_FIELD_INVALID',
  /** The caller gave a message that cannot be encoded, such as a number out of range. A fault of the program, not of the peer. */
  UNENCODABLE: 'SG_PROTO_UNENCODABLE',
} as const;

/** One of the stable codes. */
export type ProtocolErrorCode = (typeof ProtocolErrorCode)[keyof typeof ProtocolErrorCode];

const BRAND: symbol = Symbol.for('streamgauge.ProtocolError');

/**
 * The only error that decoding throws. `message` is one sentence without a line break and without more than a few characters
 * of what the peer sent, so it may be logged and shown.
 */
export class ProtocolError extends Error {
  /** Which fault it was; the text may change, the code does not. */
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProtocolError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a ProtocolError of any copy of this package in the process; `instanceof` only knows its own copy. */
  static is(value: unknown): value is ProtocolError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}
