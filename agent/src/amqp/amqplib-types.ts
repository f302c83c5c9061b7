import type { Channel } from '../thread/messages.ts';

/** What the agent knows of a connection of amqplib 0.10 to 2; everything may be missing. */
export interface AmqpConnection {
  /** The broker takes nothing, as it does when memory or disk runs low. */
  readonly blocked?: unknown;
  readonly stream?: object;
}

export interface AmqpChannel {
  readonly connection?: AmqpConnection;
  /** Only of a channel on which the broker confirms what it has taken. */
  readonly waitForConfirms?: unknown;
}

export interface AmqpMessage {
  readonly fields: {
    readonly deliveryTag: number;
    readonly exchange?: unknown;
    readonly routingKey?: unknown;
    readonly redelivered?: unknown;
  };
  readonly properties?: { readonly headers?: unknown };
}

/** What a program says of a message: done with, to come again, or given up. */
export type Verdict = 'done' | 'sent back' | 'given up';

/**
 * Where giver and taker meet. Without an exchange it is the queue; with one it is the exchange, because only the broker knows to which
 * queues that leads.
 */
export function channelOf(exchange: unknown, queue: unknown): Channel {
  const name = exchange === '' || exchange === undefined ? String(queue) : `exchange ${String(exchange)}`;
  return { system: 'amqp', name, partition: '' };
}

/** Queues that the broker has named are as many as there are clients; for answers to requests they are one. */
export function queueName(queue: unknown): string {
  const name = String(queue);
  return /^amq\.(?:gen|rabbitmq)/.exec(name)?.[0] ?? name;
}
