import { reasonOf } from '../broker/handler-call.ts';
import { ProducerBook } from '../broker/producer-book.ts';
import { ANSWER_WITHIN_MS } from '../broker/unanswered.ts';
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

/** Told how the adding of jobs ended. */
export interface AddWatch {
  added(jobs: readonly BullmqJob[]): void;
  refused(error: unknown): void;
}

/** What a program adds to queues of BullMQ: in flight until Redis has answered, and the id that it gives is the position. */
export class BullmqProducers {
  readonly #producers: ProducerBook<BullmqBase>;

  constructor(graph: Graph) {
    this.#producers = new ProducerBook(graph, (queue, operator) => {
      if (queue.closing !== undefined) return 'closed';
      const oldest = operator.oldest();
      const overdue = oldest !== undefined && graph.nowMs() - oldest.sinceMs > ANSWER_WITHIN_MS;
      operator.connected(isConnected(queue, false) !== false && !overdue, oldest?.sinceMs);
      return 'open';
    });
  }

  /** Jobs with these options are being added. */
  add(
    queue: BullmqBase,
    options: readonly (JobOptions | undefined)[],
    locate: () => SourceLocation | undefined,
  ): AddWatch | undefined {
    if (options.length === 0) return undefined;
    const leg = this.#producers.legOf(channelOf(queue).name, queue, locate);
    if (leg === undefined) return undefined;
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
}
