import { reasonOf } from '../broker/handler-call.ts';
import { ProducerLeg } from '../broker/producer-leg.ts';
import type { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { SourceLocation } from '../thread/messages.ts';
import {
  type BullmqBase,
  type BullmqJob,
  channelOf,
  isConnected,
  type JobOptions,
  positionOf,
} from './bullmq-types.ts';
import { ANSWER_WITHIN_MS } from './unanswered.ts';

/** Queues that one process gives to at most; further ones are left alone and counted. */
const MAX_PRODUCERS = 256;
/** A program may open and close a queue for every job: the leg outlives a closed one for this long, milliseconds. */
const CLOSED_FOR_MS = 10_000;

interface Producer {
  readonly leg: ProducerLeg;
  /** The last queue that has added something. Held weakly: one that the program has dropped is not kept by us. */
  queue: WeakRef<BullmqBase>;
  lastSentMs: number;
}

/** Told how the adding of jobs ended. */
export interface AddWatch {
  added(jobs: readonly BullmqJob[]): void;
  refused(error: unknown): void;
}

/** What a program adds to queues of BullMQ: in flight until Redis has answered, and the id that it gives is the position. */
export class BullmqProducers {
  readonly #graph: Graph;
  readonly #producers: Map<string, Producer> = new Map();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Jobs with these options are being added. */
  add(
    queue: BullmqBase,
    options: readonly (JobOptions | undefined)[],
    locate: () => SourceLocation | undefined,
  ): AddWatch | undefined {
    if (options.length === 0) return undefined;
    const producer = this.#producerOf(queue, locate);
    if (producer === undefined) return undefined;
    const { leg } = producer;
    const records = options.map(() => leg.sent());
    return {
      added: (jobs) => {
        const channel = channelOf(queue);
        for (const [index, record] of records.entries())
          leg.stored(record, channel, positionOf(jobs[index]?.id, options[index]));
      },
      refused: (error) => {
        const reason = reasonOf(error);
        for (const record of records) leg.refused(record, reason);
      },
    };
  }

  #producerOf(queue: BullmqBase, locate: () => SourceLocation | undefined): Producer | undefined {
    const { name } = channelOf(queue);
    const known = this.#producers.get(name);
    if (known !== undefined) {
      known.lastSentMs = this.#graph.nowMs();
      if (known.queue.deref() !== queue) known.queue = new WeakRef(queue);
      return known;
    }
    if (this.#producers.size >= MAX_PRODUCERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const leg = ProducerLeg.open(this.#graph, name, locate(), (operator) => this.#look(name, operator));
    if (leg === undefined) return undefined;
    const producer = { leg, queue: new WeakRef(queue), lastSentMs: this.#graph.nowMs() };
    this.#producers.set(name, producer);
    return producer;
  }

  #look(name: string, operator: ExplicitOperator): void {
    const producer = this.#producers.get(name);
    if (producer === undefined) return;
    const nowMs = this.#graph.nowMs();
    const queue = producer.queue.deref();
    if (queue !== undefined && queue.closing === undefined) {
      const oldest = operator.oldest();
      const overdue = oldest !== undefined && nowMs - oldest.sinceMs > ANSWER_WITHIN_MS;
      operator.connected(isConnected(queue, false) !== false && !overdue, oldest?.sinceMs);
      return;
    }
    operator.connected(true);
    if (nowMs - producer.lastSentMs < CLOSED_FOR_MS) return;
    this.#producers.delete(name);
    operator.end(true);
  }
}
