import { OperatorState } from '../board/layout.ts';
import { CountedOperator } from '../operator/counted-operator.ts';
import type { ExplicitOperator, ExplicitOptions } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { Operator } from '../operator/operator.ts';
import type { ChannelPosition, Port } from '../operator/port.ts';
import { type RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import type { Channel, SourceLocation } from '../thread/messages.ts';
import { ChannelPorts } from './channel-ports.ts';
import { type Legs, openLegs } from './open-legs.ts';

/** What a consumer is. */
export interface ConsumerIdentity {
  /** Such as "orders/billing": the channel and the group that share its messages. */
  readonly name: string;
  readonly location: SourceLocation | undefined;
  /** The user's handler, where it is known. */
  readonly functions?: ExplicitOptions['functions'];
  /** Called before the state of the fetch leg is told. */
  readonly look?: ExplicitOptions['look'];
  /** Dataflow that the user says its client belongs to; absent or empty: nothing was said. */
  readonly job?: string;
}

/** A message that has been fetched. */
export interface FetchedMessage {
  /** What a person looks for it by, such as an entry id. */
  readonly key: string;
  /** Undefined: it carries none that can be read. */
  readonly position: ChannelPosition | undefined;
}

/** How many messages of one consumer are followed one by one; further ones are counted and nothing else. */
const MAX_FOLLOWED = 10_000;
/** How many refused commits are remembered. */
const MAX_REFUSED = 1000;

/**
 * A consumer of a broker as four operators, so that the leg that died has a name: fetch asks the broker, deliver hands to the
 * handler, handle is the user's code, commit tells the broker that a message is done with.
 *
 * What one leg is done with is in the queue of the next before it is done: a marker passes no leg before a message.
 */
export class ConsumerLegs {
  readonly fetch: CountedOperator;
  readonly deliver: RecordOperator;
  readonly handle: RecordOperator;
  readonly commit: RecordOperator;
  readonly #graph: Graph;
  readonly #ports: ChannelPorts;
  /** Fetched and not with the handler yet. */
  readonly #waiting: Map<string, RecordInFlight> = new Map();
  /** In the order in which they came. */
  readonly #handled: Map<string, RecordInFlight> = new Map();
  /** Those of them that the code which was given them has returned from. */
  readonly #letGo: Set<string> = new Set();
  #taker: Operator | undefined = undefined;
  /** Commits that were refused: they are still to be done, until one succeeds. */
  readonly #refused: RecordInFlight[] = [];

  private constructor(graph: Graph, legs: Legs<CountedOperator, RecordOperator, RecordOperator, RecordOperator>) {
    this.#graph = graph;
    this.fetch = legs.fetch;
    this.deliver = legs.deliver;
    this.handle = legs.handle;
    this.commit = legs.commit;
    this.#ports = new ChannelPorts(graph, legs.fetch, 'in');
  }

  /** Gives undefined when the board is full. */
  static open(graph: Graph, { name, location, functions, look, job = '' }: ConsumerIdentity): ConsumerLegs | undefined {
    const opened: { consumer?: ConsumerLegs } = {};
    const letGo = (): boolean => opened.consumer?.oldestIsLetGo === true;
    const blocked = (): boolean => opened.consumer?.isTakerBlocked === true;
    const legs = openLegs(
      graph,
      name,
      location,
      {
        fetch: (identity) => new CountedOperator(identity, graph, look === undefined ? {} : { look }),
        deliver: (identity) => new RecordOperator(identity, graph),
        handle: (identity) =>
          new RecordOperator(identity, graph, { letGo, blocked, ...(functions === undefined ? {} : { functions }) }),
        commit: (identity) => new RecordOperator(identity, graph),
      },
      job,
    );
    if (legs !== undefined) opened.consumer = new ConsumerLegs(graph, legs);
    return opened.consumer;
  }

  /** How many messages are with the handler. */
  get handling(): number {
    return this.#handled.size;
  }

  /** Messages have come from the broker and wait to be handed to the handler. */
  fetched(channel: Channel, messages: readonly FetchedMessage[]): void {
    if (messages.length === 0) return;
    for (const { key } of messages) this.#wait(key);
    this.fetch.receive(messages.length);
    this.fetch.finishRecords(messages.length);
    const port = this.port(channel);
    for (const { position } of messages) port?.move(position);
  }

  /** They are with the handler now. */
  delivered(messages: readonly Pick<FetchedMessage, 'key'>[]): void {
    for (const { key } of messages) {
      if (!this.#handled.has(key)) {
        if (this.#handled.size < MAX_FOLLOWED) this.#handled.set(key, this.handle.receive(key));
        else this.#graph.countDropped();
      } else this.#letGo.delete(key);
      this.given(key);
    }
  }

  /**
   * The code that was given a message has returned from it, or asks for the next one. If it says nothing more, nobody is left who
   * would.
   */
  letGo(key: string): void {
    if (this.#handled.has(key)) this.#letGo.add(key);
  }

  /** Whether nobody works on the message that the handler has had for longest. */
  get oldestIsLetGo(): boolean {
    const [oldest] = this.#handled.keys();
    return oldest !== undefined && this.#letGo.has(oldest);
  }

  /**
   * The handler is the body of a generator: what it is given goes on to whoever takes from that. While nobody does, the handler's
   * output is blocked.
   */
  givesTo(taker: Operator | undefined): void {
    if (taker === this.#taker || taker?.released === true) return;
    this.#taker = taker;
    if (taker !== undefined) this.#graph.connect(this.handle, taker, 'through', 0, [], () => this.#taker === taker);
  }

  /** Whether the operator that the handler gives to has its output blocked. */
  get isTakerBlocked(): boolean {
    return this.#taker?.state(0) === OperatorState.BACKPRESSURED;
  }

  /** A message waits no more for the handler: it has it, or will never get it. */
  given(key: string): void {
    const record = this.#waiting.get(key);
    if (record === undefined) return;
    this.#waiting.delete(key);
    this.deliver.finishRecord(record);
  }

  /** The handler is done with messages, and the broker is to be told. Call `committed` or `refused` with what this gives. */
  handled(keys: readonly string[]): readonly RecordInFlight[] {
    const commits = keys.map((key) => this.commit.receive(key));
    for (const key of keys) this.#finish(key);
    return commits;
  }

  /** The handler is done with everything it has, and nobody has to be told. */
  handledAll(): void {
    this.dropped([...this.#handled.keys()]);
  }

  /** The handler has messages no more, and nothing is owed: the broker gives them to somebody again. */
  dropped(keys: Iterable<string>): void {
    for (const key of keys) this.#finish(key);
  }

  /** The broker knows. It also takes what it has refused before: whoever gave up on that has gone on. */
  committed(commits: readonly RecordInFlight[]): void {
    for (const commit of [...this.#refused.splice(0), ...commits]) this.commit.finishRecord(commit);
  }

  /** The broker did not take it. */
  refused(commits: readonly RecordInFlight[], reason: string): void {
    this.commit.fail(reason);
    this.#refused.push(...commits);
    while (this.#refused.length > MAX_REFUSED) this.commit.finishRecord(this.#refused.shift() as RecordInFlight);
  }

  /** Whether the connections are there by which it asks for messages, and by which it commits. */
  connected(asks: boolean, commits: boolean = asks): void {
    this.fetch.connected(asks);
    this.commit.connected(commits);
  }

  /** The place where messages of a channel come in. */
  port(channel: Channel): Port | undefined {
    return this.#ports.of(channel);
  }

  /** Nothing more comes from this part of a channel. */
  leave(channel: Channel): void {
    this.#ports.close(channel);
  }

  get released(): boolean {
    return this.fetch.released;
  }

  /** The consumer is gone, with whatever it held. */
  end(): void {
    const legs: readonly ExplicitOperator[] = [this.fetch, this.deliver, this.handle, this.commit];
    for (const leg of legs) leg.end(true);
    this.#waiting.clear();
    this.#handled.clear();
    this.#letGo.clear();
    this.#taker = undefined;
  }

  #wait(key: string): void {
    // One that comes again before it was given to anybody was given up on in between.
    this.given(key);
    if (this.#waiting.size < MAX_FOLLOWED) {
      this.#waiting.set(key, this.deliver.receive(key));
      return;
    }
    this.#graph.countDropped();
    this.deliver.enter();
    this.deliver.returned();
  }

  #finish(key: string): void {
    const record = this.#handled.get(key);
    if (record === undefined) return;
    this.#handled.delete(key);
    this.#letGo.delete(key);
    this.handle.finishRecord(record);
  }
}
