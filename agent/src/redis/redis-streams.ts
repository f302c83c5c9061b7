import { ConsumerLegs, type FetchedMessage } from '../broker/consumer-legs.ts';
import { ProducerLeg } from '../broker/producer-leg.ts';
import { Unanswered } from '../broker/unanswered.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { Channel } from '../thread/messages.ts';
import { isInnerCommand } from './inner-commands.ts';
import { isRefusal } from './refusal.ts';
import {
  positionOf,
  readClaimed,
  readEntries,
  readStreamCommand,
  type StreamCommand,
  textOf,
} from './stream-commands.ts';

/** A client as the agent needs to know it. */
export interface RedisClient {
  /** closed: by the user, for good. given up: away, and it does not dial again, which its library or the program has decided. */
  condition(): 'connected' | 'away' | 'given up by library' | 'given up by program' | 'closed';
  /** Dataflow that the user says it belongs to; empty: nothing was said. */
  job(): string;
}

/** Told how a command ended. */
export interface CommandWatch {
  answered(answer: unknown): void;
  failed(error: unknown): void;
}

/** Consumers and producers of one process at most; further ones are left alone and counted. */
const MAX_MEMBERS = 256;
/** Without a read for this long, and with nothing in the handler's hands, the program has stopped to ask, milliseconds. */
const NOT_READING_MS = 1000;
/** Without an acknowledgement for this long after its first entry, a consumer is taken for one that never acknowledges, milliseconds. */
const NEVER_ACKNOWLEDGES_MS = 20_000;

interface Consumer {
  readonly legs: ConsumerLegs;
  /** It reads several streams, whose entries may have the same ids. */
  readonly several: boolean;
  /** When it got its first entry. */
  firstEntryMs: number | undefined;
  readonly client: RedisClient;
  /** By which it acknowledges: often another one, because a read that waits blocks its connection. */
  committer: RedisClient;
  /** Reads that wait for an answer. */
  reading: number;
  readonly unanswered: Unanswered;
  lastReadMs: number;
  /** It has acknowledged something: from then on, what it has not acknowledged is in its hands. */
  acknowledges: boolean;
}

/**
 * Redis Streams as the commands of a program show them: XADD gives, XREAD and XREADGROUP take, XACK commits, and the entry id is the
 * position. No command is ever sent by the agent itself.
 */
export class RedisStreams {
  readonly #graph: Graph;
  readonly #consumers: Map<string, Consumer> = new Map();
  readonly #producers: Map<string, ProducerLeg> = new Map();
  /** Streams of libraries that keep their own books in them. */
  readonly #inner: Set<string> = new Set();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** A command is being sent. `hook` is the function through which the user's code has come. */
  // biome-ignore lint/complexity/noBannedTypes: any hook
  sent(client: RedisClient, name: unknown, rest: readonly unknown[], hook: Function): CommandWatch | undefined {
    if (this.#graph.stopped) return undefined;
    const command = readStreamCommand(name, rest);
    if (command === undefined) return undefined;
    if (command.type === 'add') return this.#add(client, command.stream, hook);
    if (command.type === 'read') return this.#read(client, command, hook);
    if (command.type === 'claim') return this.#claim(client, command, hook);
    return this.#acknowledge(client, command);
  }

  // biome-ignore lint/complexity/noBannedTypes: any hook
  #add(client: RedisClient, stream: string, hook: Function): CommandWatch | undefined {
    const producer = this.#member(this.#producers, stream, hook, () =>
      ProducerLeg.open(this.#graph, stream, userCallSite(hook), (operator) => lookAt(client, operator), client.job()),
    );
    if (producer === undefined) return undefined;
    const record = producer.sent();
    return {
      answered: (id) => producer.stored(record, channelOf(stream), positionOf(textOf(id))),
      failed: (error) => producer.refused(record, reasonOf(error)),
    };
  }

  #read(
    client: RedisClient,
    command: Extract<StreamCommand, { type: 'read' }>,
    // biome-ignore lint/complexity/noBannedTypes: any hook
    hook: Function,
  ): CommandWatch | undefined {
    const { streams, group } = command;
    const name = group === undefined ? streams.join(',') : `${streams.join(',')}/${group}`;
    const consumer = this.#member(this.#consumers, name, hook, () => this.#open(client, name, hook));
    if (consumer === undefined) return undefined;
    const { legs } = consumer;
    if (command.fresh && (command.noAck || this.#neverAcknowledges(consumer))) legs.handledAll();
    consumer.reading++;
    const answers = consumer.unanswered.sent(this.#graph.nowMs(), command.blocksMs);
    const over = (): void => {
      answers();
      consumer.reading--;
      consumer.lastReadMs = this.#graph.nowMs();
    };
    return {
      answered: (answer) => {
        over();
        legs.fetch.accepted();
        for (const { stream, ids } of readEntries(answer)) {
          this.#take(consumer, stream, ids);
        }
      },
      failed: (error) => {
        over();
        if (isRefusal(error)) legs.fetch.refused(reasonOf(error));
        else legs.fetch.fail(reasonOf(error));
      },
    };
  }

  /** What was another member's, which may be dead, is in this one's hands. */
  #claim(
    client: RedisClient,
    { stream, group, withCursor }: Extract<StreamCommand, { type: 'claim' }>,
    // biome-ignore lint/complexity/noBannedTypes: any hook
    hook: Function,
  ): CommandWatch | undefined {
    const name = `${stream}/${group}`;
    const consumer =
      this.#consumerOf(stream, group) ??
      this.#member(this.#consumers, name, hook, () => this.#open(client, name, hook));
    if (consumer === undefined) return undefined;
    // Only what is acknowledged can be claimed.
    consumer.acknowledges = true;
    return {
      answered: (answer) => this.#take(consumer, stream, readClaimed(answer, withCursor)),
      failed: (error) => consumer.legs.fetch.fail(reasonOf(error)),
    };
  }

  #take(consumer: Consumer, stream: string, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const messages = ids.map((id): FetchedMessage => ({ key: keyOf(consumer, stream, id), position: positionOf(id) }));
    consumer.legs.fetched(channelOf(stream), messages);
    consumer.legs.delivered(messages);
    consumer.firstEntryMs ??= this.#graph.nowMs();
  }

  /**
   * Whether nothing is ever acknowledged, or not in a way that can be seen, such as in a script: then who asks for more is done with
   * the entries before. It takes a while to be sure, because a program may ask for more before it has done the first.
   */
  #neverAcknowledges({ acknowledges, firstEntryMs }: Consumer): boolean {
    return !acknowledges && firstEntryMs !== undefined && this.#graph.nowMs() - firstEntryMs >= NEVER_ACKNOWLEDGES_MS;
  }

  #acknowledge(
    client: RedisClient,
    { stream, group, ids }: Extract<StreamCommand, { type: 'acknowledge' }>,
  ): CommandWatch | undefined {
    const consumer = this.#consumerOf(stream, group);
    if (consumer === undefined) return undefined;
    consumer.committer = client;
    consumer.acknowledges = true;
    const commits = consumer.legs.handled(ids.map((id) => keyOf(consumer, stream, id)));
    return {
      answered: () => consumer.legs.committed(commits),
      failed: (error) => consumer.legs.refused(commits, reasonOf(error)),
    };
  }

  // biome-ignore lint/complexity/noBannedTypes: any hook
  #open(client: RedisClient, name: string, hook: Function): Consumer | undefined {
    const legs = ConsumerLegs.open(this.#graph, {
      name,
      location: userCallSite(hook),
      look: (operator) => this.#look(name, operator),
      job: client.job(),
    });
    if (legs === undefined) return undefined;
    return {
      legs,
      several: name.includes(','),
      firstEntryMs: undefined,
      client,
      committer: client,
      reading: 0,
      unanswered: new Unanswered(),
      lastReadMs: this.#graph.nowMs(),
      acknowledges: false,
    };
  }

  #look(name: string, fetch: ExplicitOperator): void {
    const consumer = this.#consumers.get(name);
    if (consumer === undefined) return;
    const { client, committer, legs } = consumer;
    const condition = client.condition();
    if (condition === 'closed') {
      this.#consumers.delete(name);
      legs.end();
      return;
    }
    const silentSinceMs = consumer.unanswered.overdueSince(this.#graph.nowMs());
    legs.fetch.connected(isThere(condition) && silentSinceMs === undefined, silentSinceMs);
    giveUp(legs.fetch, condition);
    legs.commit.connected(isThere(committer.condition()));
    const asksNot = consumer.reading === 0 && legs.handling === 0 && legs.commit.inFlight === 0;
    const longAgo = this.#graph.nowMs() - consumer.lastReadMs >= NOT_READING_MS;
    fetch.condition.pauseReason = asksNot && longAgo ? 'the program does not read' : undefined;
  }

  #consumerOf(stream: string, group: string): Consumer | undefined {
    const exact = this.#consumers.get(`${stream}/${group}`);
    if (exact !== undefined) return exact;
    for (const [name, consumer] of this.#consumers) {
      const [streams = '', of] = name.split(/\/([^/]*)$/);
      if (of === group && streams.split(',').includes(stream)) return consumer;
    }
    return undefined;
  }

  // biome-ignore lint/complexity/noBannedTypes: any hook
  #member<T>(members: Map<string, T>, name: string, hook: Function, open: () => T | undefined): T | undefined {
    const known = members.get(name);
    if (known !== undefined) return known;
    if (this.#inner.has(name)) return undefined;
    if (isInnerCommand(hook)) {
      if (this.#inner.size < MAX_MEMBERS) this.#inner.add(name);
      return undefined;
    }
    if (members.size >= MAX_MEMBERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const member = open();
    if (member !== undefined) members.set(name, member);
    return member;
  }
}

function lookAt(client: RedisClient, operator: ExplicitOperator): ReturnType<RedisClient['condition']> {
  const condition = client.condition();
  operator.connected(isThere(condition));
  giveUp(operator, condition);
  return condition;
}

function isThere(condition: ReturnType<RedisClient['condition']>): boolean {
  return condition === 'connected' || condition === 'closed';
}

function giveUp({ condition }: ExplicitOperator, client: ReturnType<RedisClient['condition']>): void {
  condition.givenUp = client.startsWith('given up');
  condition.leftToProgram = client === 'given up by program';
}

/** What an entry is known by. */
function keyOf({ several }: Consumer, stream: string, id: string): string {
  return several ? `${stream} ${id}` : id;
}

function channelOf(stream: string): Channel {
  return { system: 'redis-stream', name: stream, partition: '' };
}

/** The server's own words say what is wrong, and hold no data. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it failed without a reason';
}
