/** What the diagnostics channels of @platformatic/kafka 2 tell; everything may be missing. */

export interface PlatformaticClient {
  readonly closed?: unknown;
  readonly groupId?: unknown;
}

/** Of an operation: the same object at its start, at its end, and when it fails. */
export interface PlatformaticOperation {
  readonly client: PlatformaticClient;
  readonly operation?: unknown;
  readonly options?: unknown;
  readonly error?: unknown;
  readonly result?: unknown;
}

export interface PlatformaticSend {
  readonly messages: readonly { readonly topic: string }[];
}

export interface PlatformaticSendResult {
  /** Absent when no answer was waited for. */
  readonly offsets?: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
}

export interface PlatformaticCommit {
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
}

/** A message that has been put into the stream of its consumer. */
export interface PlatformaticReceive {
  readonly stream: object;
  readonly result?: { readonly topic?: unknown; readonly partition?: unknown; readonly offset?: unknown };
}
