import type { ChannelPosition } from '../operator/port.ts';
import { givenUpBy, type IoredisState } from '../redis/ioredis-state.ts';
import type { Channel } from '../thread/messages.ts';

/** What the agent knows of a client of Redis as BullMQ holds it. */
interface Connection {
  readonly _client?: IoredisState;
}

/** What is common to Queue and Worker of BullMQ 5 and 6; everything may be missing. */
export interface BullmqBase {
  readonly name: string;
  readonly opts?: { readonly prefix?: unknown; readonly drainDelay?: unknown };
  /** A promise once close() was called. */
  readonly closing?: unknown;
  readonly closed?: unknown;
  /** Version 6 keeps its connections in a backend, version 5 at the object itself. */
  readonly backend?: { readonly connection?: Connection; readonly blockingConnection?: Connection };
  readonly connection?: Connection;
  readonly blockingConnection?: Connection;
}

export interface BullmqWorker extends BullmqBase {
  readonly paused?: unknown;
  /** Until when the server wants to be asked for nothing, milliseconds of the wall clock. */
  readonly limitUntil?: unknown;
  readonly processFn?: unknown;
  /** There when the processor is a file that other processes or threads run. */
  readonly childPool?: unknown;
}

export interface JobOptions {
  readonly jobId?: unknown;
  readonly delay?: unknown;
  readonly priority?: unknown;
  readonly lifo?: unknown;
  readonly parent?: unknown;
  readonly repeat?: unknown;
  readonly repeatJobKey?: unknown;
  readonly deduplication?: unknown;
  readonly debounce?: unknown;
}

export interface BullmqJob {
  readonly id?: unknown;
  readonly opts?: JobOptions;
  readonly priority?: unknown;
  readonly repeatJobKey?: unknown;
  /** How often it was begun, this time included. */
  readonly attemptsStarted?: unknown;
  readonly attemptsMade?: unknown;
  readonly stalledCounter?: unknown;
}

/** Longest id that is shown, in characters: programs may choose ids of any length. */
const MAX_ID_LENGTH = 100;

/** What a person looks for a job by. */
export function keyOf({ name }: BullmqBase, id: unknown): string {
  return `${name}@${String(id)}`.slice(0, MAX_ID_LENGTH);
}

export function channelOf({ name, opts }: BullmqBase): Channel {
  const prefix = opts?.prefix;
  // The prefix that everybody has who gives none.
  const bare = typeof prefix !== 'string' || prefix === '' || prefix === 'bull';
  return { system: 'bullmq', name: bare ? name : `${prefix}:${name}`, partition: '' };
}

/**
 * The id, where it says in which order jobs are taken: the counter of the queue, of a job that waits in line. An id that the program
 * has chosen may be any number, and who is delayed, preferred, put first or deduplicated is not taken in the order of ids.
 */
export function positionOf(id: unknown, options: JobOptions | undefined): ChannelPosition | undefined {
  if (typeof id !== 'string' || !/^[1-9]\d{0,14}$/.test(id)) return undefined;
  const { jobId, delay, priority, lifo, parent, repeat, repeatJobKey, deduplication, debounce } = options ?? {};
  if (jobId !== undefined || delay || priority || lifo || parent) return undefined;
  if (repeat || repeatJobKey || deduplication || debounce) return undefined;
  return { major: Number(id), minor: 0 };
}

/** The same for a job that was taken: one that comes again was moved to the front of the line. */
export function positionOfTaken(job: BullmqJob): ChannelPosition | undefined {
  const { attemptsStarted, attemptsMade, stalledCounter, priority, repeatJobKey } = job;
  const again = Number(attemptsStarted ?? 1) > 1 || Number(attemptsMade ?? 0) > 0 || Number(stalledCounter ?? 0) > 0;
  return again || priority || repeatJobKey ? undefined : positionOf(job.id, job.opts);
}

/** Whose doing it is that one of its clients is away and does not dial again; undefined: they do. */
export function clientGivenUpBy(base: BullmqBase): ReturnType<typeof givenUpBy> {
  const holder = base.backend ?? base;
  const [by] = [holder.connection, holder.blockingConnection].flatMap((connection) => {
    const client = connection?._client;
    return (client === undefined ? undefined : givenUpBy(client)) ?? [];
  });
  return by;
}

/** Whether the connections of a queue or worker are there; undefined: not known, as with a backend that is no Redis. */
export function isConnected(base: BullmqBase, withBlocking: boolean): boolean | undefined {
  const holder = base.backend ?? base;
  const statuses = [holder.connection, withBlocking ? holder.blockingConnection : undefined].flatMap((connection) => {
    const status = connection?._client?.status;
    return typeof status === 'string' ? [status] : [];
  });
  // connect: what a cluster calls ready. wait: it connects when it is needed.
  return statuses.length === 0 ? undefined : statuses.every((status) => /^(?:ready|connect|wait)$/.test(status));
}
