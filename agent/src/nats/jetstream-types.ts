/** What the agent knows of @nats-io/jetstream 3 and the connection below it; everything may be missing. */
export interface NatsConnection {
  readonly protocol?: { readonly connected?: unknown };
  isClosed?(): boolean;
}

export interface JetStreamClient {
  readonly nc?: NatsConnection;
}

/** What the broker answers to a message that it has stored. */
export interface PublishAnswer {
  readonly stream?: unknown;
  readonly seq?: unknown;
}

/** The messages of one call of consume(), fetch() or next(). */
export interface ConsumerMessages {
  readonly done?: boolean;
  callback?: unknown;
  /** How many of the messages have been given to the loop over them. */
  readonly processed?: unknown;
  readonly consumer: {
    readonly name: string;
    readonly stream: string;
    readonly ordered?: boolean;
    readonly api?: { readonly nc?: NatsConnection };
    readonly _info?: { readonly config?: { readonly ack_policy?: unknown } };
  };
}

/** What a consumer tells whoever listens to its status. */
export interface ConsumerNotice {
  readonly type?: unknown;
}

/** By this the server, or its silence, says that nothing will come. */
const REFUSALS = /^(?:consumer_deleted|consumer_not_found|stream_not_found|no_responders)$/;
/** By this it says that there is nothing yet. */
const PATIENCE = /^heartbeat$/;

/** What a notice says of the request for messages; undefined: nothing. */
export function answerOf({ type }: ConsumerNotice): { readonly refused: string } | 'accepted' | undefined {
  const word = String(type);
  if (PATIENCE.test(word)) return 'accepted';
  return REFUSALS.test(word) ? { refused: word.replaceAll('_', ' ') } : undefined;
}

export interface JetStreamMessage {
  readonly didAck: boolean;
  readonly info: { readonly streamSequence: number; readonly pending: number };
}

/** What an acknowledgement says: that it is done with, that it is to come again, that it is given up, or that work goes on. */
export type Verdict = 'done' | 'again' | 'given up' | 'goes on';

const VERDICTS: readonly (readonly [string, Verdict])[] = [
  ['+ACK', 'done'],
  ['-NAK', 'again'],
  ['+TERM', 'given up'],
  ['+NXT', 'done'],
];

export function verdictOf(payload: unknown): Verdict {
  if (!(payload instanceof Uint8Array)) return 'goes on';
  const text = String.fromCharCode(...payload.subarray(0, 5));
  return VERDICTS.find(([word]) => text.startsWith(word))?.[1] ?? 'goes on';
}

/** closed: by the user, for good. */
export function conditionOf(connection: NatsConnection | undefined): 'connected' | 'away' | 'closed' {
  if (connection === undefined || connection.isClosed?.() === true) return 'closed';
  return connection.protocol?.connected === false ? 'away' : 'connected';
}
