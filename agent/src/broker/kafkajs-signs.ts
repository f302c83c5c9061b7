import type { Graph } from '../operator/graph.ts';
import { reasonOf } from './handler-call.ts';
import { isConnectionError } from './kafka-errors.ts';
import { type KafkaLegs, partitionName } from './kafka-legs.ts';
import type { InstrumentationEvent, KafkajsConsumer } from './kafkajs-types.ts';

const REBALANCING = 'rebalancing';
const PAUSED = 'consumer.pause()';

/** Reads what a consumer of kafkajs tells by its own events, and says it of its legs. */
export class KafkajsSigns {
  /** Somebody commits offsets: the consumer itself, or the user's code, as far as it was seen to. */
  commits: boolean;
  readonly #graph: Graph;
  readonly #consumer: KafkajsConsumer;
  readonly #legs: KafkaLegs;
  readonly #autoCommit: boolean;
  readonly #remove: (() => void)[] = [];
  #assigned: readonly { readonly topic: string; readonly partition: number }[] = [];
  /** Commits that the broker has answered and the consumer has not reported. */
  #answeredCommits = 0;
  /** A fetch of this node has begun, and nothing was heard since. */
  readonly #unanswered: Set<unknown> = new Set();

  constructor(graph: Graph, consumer: KafkajsConsumer, legs: KafkaLegs, autoCommit: boolean) {
    this.#graph = graph;
    this.#consumer = consumer;
    this.#legs = legs;
    this.#autoCommit = autoCommit;
    this.commits = autoCommit;
    this.#listen('GROUP_JOIN', ({ memberAssignment }) => this.joined(memberAssignment));
    this.#listen('REBALANCING', () => {
      // Nothing is fetched, and the broker refuses commits, until the partitions are divided anew.
      for (const leg of [legs.fetch, legs.commit]) leg.condition.pauseReason = REBALANCING;
    });
    this.#listen('FETCH_START', ({ nodeId }) => {
      // The one before has failed: one that was answered has said so.
      if (this.#unanswered.has(nodeId)) legs.connected(false);
      else this.#unanswered.add(nodeId);
      legs.fetch.awaitingSinceMs ??= graph.nowMs();
      this.lookAtPause();
    });
    this.#listen('FETCH', ({ nodeId }) => {
      this.#unanswered.delete(nodeId);
      if (this.#unanswered.size === 0) legs.fetch.awaitingSinceMs = undefined;
    });
    this.#listen('REQUEST', ({ apiName }) => this.#answered(apiName));
    this.#listen('REQUEST_TIMEOUT', () => legs.connected(false));
    this.#listen('START_BATCH_PROCESS', ({ topic, partition, batchSize, lastOffset, highWatermark }) => {
      if (!this.#autoCommit) this.#legs.commit.owed &&= this.#legs.commit.condition.failures > 0;
      if (batchSize > 0) legs.taken(topic, partition, batchSize, Number(lastOffset), Number(highWatermark) - 1);
    });
    this.#listen('END_BATCH_PROCESS', () => {
      // Its next step is to commit what the batch has left.
      if (!this.#autoCommit) return;
      legs.commit.owed = true;
      if (legs.commit.queued() > 0) legs.fetch.awaitingSinceMs ??= graph.nowMs();
    });
    this.#listen('COMMIT_OFFSETS', ({ topics }) => this.#committed(topics));
    this.#listen('CRASH', ({ error, restart }) => {
      const byHandler = legs.handler.hasThrown(error);
      // One that begins again, because a commit was refused or a handler threw, has lost nothing. Neither has one that is over because
      // of its handler: what is missing is no connection.
      if (!byHandler && (restart === false || isConnectionError(error))) legs.connected(false);
      (byHandler ? legs.handler.operator : legs.fetch).condition.givenUp = restart === false;
      if (byHandler && restart === false) legs.fetch.awaitingSinceMs = undefined;
      legs.fetch.fail(reasonOf(error));
      this.#rebalanced();
    });
  }

  /** The user's code asks for a commit. */
  committing(): void {
    this.commits = true;
    this.#legs.commit.owed = true;
  }

  /** It is paused when all that is assigned to it is. */
  lookAtPause(): void {
    const { condition } = this.#legs.fetch;
    if (condition.pauseReason === REBALANCING) return;
    const paused = new Set<string>();
    for (const { topic, partitions } of this.#consumer.paused()) {
      for (const partition of partitions) paused.add(partitionName(topic, partition));
    }
    const all =
      this.#assigned.length > 0 &&
      this.#assigned.every(({ topic, partition }) => paused.has(partitionName(topic, partition)));
    condition.pauseReason = all ? PAUSED : undefined;
  }

  end(): void {
    for (const remove of this.#remove.splice(0)) remove();
  }

  /** It has joined its group, and these partitions are its own. */
  joined(assignment: Readonly<Record<string, readonly number[]>> | undefined): void {
    this.#assigned = Object.entries(assignment ?? {}).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#legs.assign(this.#assigned);
    this.#rebalanced();
    this.#legs.fetch.condition.pauseReason = undefined;
    this.#heard();
    this.lookAtPause();
  }

  #rebalanced(): void {
    for (const { condition } of [this.#legs.fetch, this.#legs.commit])
      if (condition.pauseReason === REBALANCING) condition.pauseReason = undefined;
  }

  /** The broker has answered something. */
  #heard(): void {
    this.#legs.fetch.condition.givenUp = false;
    this.#legs.handler.operator.condition.givenUp = false;
    this.#legs.connected(true);
    this.#unanswered.clear();
    this.#legs.fetch.awaitingSinceMs = undefined;
  }

  #answered(apiName: string): void {
    this.#heard();
    if (apiName !== 'OffsetCommit') return;
    this.committing();
    this.#answeredCommits++;
    // An accepted commit is reported before anything else can happen; a refused one is reported to nobody but its caller.
    setImmediate(() => {
      if (this.#answeredCommits === 0 || this.#graph.stopped) return;
      this.#answeredCommits--;
      this.#legs.commit.fail('the broker has refused the offsets');
    }).unref();
  }

  #committed(
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: unknown }[] }[],
  ): void {
    if (this.#answeredCommits > 0) this.#answeredCommits--;
    for (const { topic, partitions } of topics) {
      // What is committed is the offset to go on with.
      for (const { partition, offset } of partitions) {
        this.#legs.commit.finishUntil(partitionName(topic, partition), Number(offset) - 1);
      }
    }
    if (this.#legs.commit.queued() === 0) this.#legs.commit.owed = false;
  }

  #listen(name: string, take: (payload: InstrumentationEvent['payload']) => void): void {
    const event = this.#consumer.events[name];
    if (event === undefined) return;
    const remove = this.#consumer.on(event, ({ payload }) => {
      if (this.#graph.stopped) {
        this.end();
        return;
      }
      try {
        take(payload);
      } catch (error) {
        this.#graph.onError(error);
      }
    });
    this.#remove.push(remove);
  }
}
