import type { AnyFunction } from './definition.ts';

/** What is known of an operator when it is defined. */
export interface OperatorDefinition {
  /** What it does to the dataflow: begins it, works on what passes, or ends it. Default: transform. */
  readonly kind?: 'source' | 'transform' | 'sink';
  /**
   * Dataflow that it belongs to, where a process runs several. Default: that of the first operator that gives to it, and without one
   * the job of the worker.
   */
  readonly job?: string;
  /** The function that works on its records: awaits and stacks inside it are recognised as the operator's. */
  readonly handler?: AnyFunction;
  /**
   * How much work waits for it outside of the process, such as the length of its queue; undefined: not known now. Asked whenever
   * numbers are published, up to twenty times a second: it has to answer at once, from a number that is there.
   */
  readonly pending?: () => number | undefined;
  /** Where a person should look first. Default: where the operator is defined. */
  readonly location?: {
    readonly file: string;
    readonly line: number;
    readonly column?: number;
    readonly function?: string;
  };
}

/** A place in a broker's channel that operators of several processes share. */
export interface ChannelName {
  /** Kind of broker, such as "kafka" or "my-queue". Both ends have to use the same word. */
  readonly system: string;
  /** Topic, stream or queue. */
  readonly channel: string;
  /** Part of it that has an order of its own. Default: it has one order. */
  readonly partition?: string | number;
}

/** Offset or sequence number; two numbers for an entry id such as "1700000000000-3". Whole, from 0 to 2^53 - 1. */
export type PositionInChannel = number | bigint | { readonly major: number; readonly minor: number };

/** Where an operator gives messages to other processes, or takes them. */
export interface PortHandle {
  /** So many messages were given or taken (default 1), the newest of them at this position; undefined: it has none. */
  move(position: PositionInChannel | undefined, messages?: number): void;
  /** The newest position that the channel is known to hold. */
  head(position: PositionInChannel): void;
  close(): void;
}

/** What every operator defined in code can be told. Nothing here throws once the operator is defined, but `feeds`. */
export interface OperatorHandle {
  readonly name: string;
  /** One more attempt has failed. The record stays in flight: end it, or try again. */
  fail(error: unknown): void;
  /** It is held on purpose, and by what: no stall while it lasts. */
  pause(reason: string): void;
  resume(): void;
  /** Whether the connection that it needs is there. */
  connected(connected: boolean): void;
  /** Whether its output has no room: then it waits for others and is not to blame. */
  blocked(blocked: boolean): void;
  /**
   * Its records go to another operator in the order in which they end here. Hand a record over (`receive` of the target) before
   * ending it here. Throws AgentError OPERATOR when the target is no operator.
   */
  feeds(target: OperatorHandle, options?: { readonly capacity?: number }): void;
  /** It gives messages to a channel that other processes take from. Throws AgentError OPERATOR for a channel without a name. */
  givesTo(channel: ChannelName): PortHandle;
  /** It takes messages from a channel that other processes give to. Throws AgentError OPERATOR for a channel without a name. */
  takesFrom(channel: ChannelName): PortHandle;
  /** No more records come. It leaves the graph once those in flight have ended. */
  close(): void;
}

/** One record in flight. */
export interface RecordHandle {
  /** The record is done with; with an error: and has failed. The second time it does nothing. */
  end(error?: unknown): void;
}

/** An operator that ends its records in any order. */
export interface RecordOperatorHandle extends OperatorHandle {
  /** A record has come. The key is what a person would look for it by, such as an id or an offset. */
  receive(key?: string | number | bigint): RecordHandle;
}

/** An operator that ends its records in the order in which they came, so that counting is enough. */
export interface CountedOperatorHandle extends OperatorHandle {
  /** So many records have come; default 1. */
  receive(records?: number): void;
  /** The oldest so many records are done with; default 1, never more than have come. */
  finish(records?: number): void;
}
