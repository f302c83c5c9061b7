import { randomBytes } from 'node:crypto';
import type { ChannelPosition } from '../operator/port.ts';

/** Where a message says whose it is and how many that giver has given before it. */
const HEADER = 'x-streamgauge';

/** A place in the order of what one giver gives to one queue: AMQP has no positions of its own. */
export interface Mark {
  /** Part of the queue that has an order of its own. */
  readonly giver: string;
  readonly position: ChannelPosition;
}

/** What `publish` was called with, as far as it matters here. */
export interface PublishOptions {
  readonly headers?: object;
  readonly priority?: unknown;
  readonly expiration?: unknown;
  readonly CC?: unknown;
  readonly BCC?: unknown;
}

export function newGiver(): string {
  return randomBytes(6).toString('hex');
}

/**
 * Whether the messages of a queue are taken in the order in which they were given: not those with a priority, and those that expire or go
 * to other queues as well are never reached. Only the default exchange says to which queue that is.
 */
export function isInOrder(exchange: unknown, queue: string, options: PublishOptions | undefined): boolean {
  if (exchange !== '' || queue === '' || queue.startsWith('amq.')) return false;
  const { priority, expiration, CC, BCC } = options ?? {};
  return priority === undefined && expiration === undefined && CC === undefined && BCC === undefined;
}

/**
 * The options of a message with its mark, and without that of another message whose headers it was given. Neither the options nor
 * the headers of the program are touched. The options themselves: there is nothing to be changed.
 */
export function withMark(options: PublishOptions | undefined, mark: Mark | undefined): PublishOptions | undefined {
  const { headers } = options ?? {};
  if (mark === undefined && !(typeof headers === 'object' && headers !== null && HEADER in headers)) return options;
  // Defined and not assigned: what is inherited may be frozen.
  const value = mark === undefined ? '' : `${mark.giver}:${mark.position.major}`;
  const marked = Object.create(headers ?? null, { [HEADER]: { value, enumerable: true } }) as object;
  return Object.create(options ?? null, { headers: { value: marked, enumerable: true } }) as PublishOptions;
}

/** What came from outside is no mark until it looks like one. */
export function readMark(headers: unknown): Mark | undefined {
  const text = (headers as Readonly<Record<string, unknown>> | null | undefined)?.[HEADER];
  const parts = typeof text === 'string' ? /^([0-9a-f]{12}):(\d{1,15})$/.exec(text) : null;
  return parts === null ? undefined : { giver: parts[1] as string, position: { major: Number(parts[2]), minor: 0 } };
}
