/** Every finite limit of the HTTP interface; docs/security.md carries them, generated from here. */
export const httpLimits = {
  /** Bytes of a request's body, as they come over the wire; a body that says it is compressed is not unpacked. */
  BODY_BYTES: 65_536,
  /** Bytes of a request's first line and headers. */
  HEADER_BYTES: 16_384,
  /** Characters of one part of a path, such as the name of a worker. */
  PATH_PART_CHARACTERS: 1024,
  /** Connections beside the `maxConnections` of workers; those beyond are closed at once. */
  EXTRA_CONNECTIONS: 512,
  /** How long a client may take for its TLS handshake. */
  HANDSHAKE_MS: 5000,
  /** How long a client may take for the headers of a request. */
  HEADERS_MS: 5000,
  /** How long a client may take for a whole request. */
  REQUEST_MS: 10_000,
  /** Pause between two looks for requests that take too long. */
  CHECK_MS: 1000,
  /** How long a reader may take for an answer that is made: a large one over a slow line, and no more. */
  ANSWER_MS: 30_000,
  /** How long nothing may move on a connection in the middle of a request or an answer; longer than ANSWER_MS, by which it is counted. */
  IDLE_MS: 40_000,
  /** How long a connection is kept for the next request. */
  KEEP_ALIVE_MS: 60_000,
} as const;

/** The limits, or those of a test that does not wait as long. */
export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number };
