import { ConsumerLegs } from '../broker/consumer-legs.ts';
import { type Handled, reasonOf } from '../broker/handler-call.ts';
import { Unanswered } from '../broker/unanswered.ts';
import type { ExplicitOperator, ExplicitOptions } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { RecordInFlight, RecordOperator } from '../operator/record-operator.ts';
import { isRefusal } from '../redis/refusal.ts';
import type { SourceLocation } from '../thread/messages.ts';
import {
  type BullmqJob,
  type BullmqWorker,
  channelOf,
  clientGivenUpBy,
  isConnected,
  keyOf,
  positionOfTaken,
} from './bullmq-types.ts';

/** Workers of one process at most; further ones are left alone and counted. */
const MAX_WORKERS = 256;
/** What a processor throws when it has moved its job elsewhere itself: no failure, and nothing is left to be told to the server. */
const MOVED = /^(?:Delayed|Waiting|WaitingChildren)Error$/;
/** The longest that the blocking wait for a job takes while delayed jobs are due, seconds. */
const LONGEST_WAIT_S = 10;

interface Consumer {
  readonly legs: ConsumerLegs;
  readonly unanswered: Unanswered;
}

/** A job that was taken, until the server has been told what became of it. */
interface Taken {
  readonly consumer: Consumer;
  readonly key: string;
  /** What is owed to the server; undefined: the handler has it. */
  commits: readonly RecordInFlight[] | undefined;
}

/**
 * Workers of BullMQ, each of them a consumer. A job is fetched when it has come, by a request of its own or in the answer to the end
 * of the job before; it is delivered when the worker turns to it, handled while the processor runs, and committed when Redis
 * has moved it to where it belongs then.
 */
export class BullmqWorkers {
  readonly #graph: Graph;
  readonly #consumers: WeakMap<BullmqWorker, Consumer> = new WeakMap();
  readonly #taken: WeakMap<BullmqJob, Taken> = new WeakMap();
  #open = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** The worker begins to run. */
  run(worker: BullmqWorker, locate: () => SourceLocation | undefined): void {
    this.#consumerOf(worker, locate);
  }

  /** The worker asks for a job. Call what this gives when that is over. */
  asked(worker: BullmqWorker, waits: 'for an answer' | 'for a job', until: unknown): (error?: unknown) => void {
    const consumer = this.#consumerOf(worker);
    if (consumer === undefined) return () => {};
    const drainDelayS = Number(worker.opts?.drainDelay ?? 0) || 0;
    const waitsS = waits === 'for an answer' ? 0 : until ? Math.max(LONGEST_WAIT_S, drainDelayS) : drainDelayS;
    const over = consumer.unanswered.sent(this.#graph.nowMs(), 1000 * waitsS);
    return (error) => {
      over();
      const { fetch } = consumer.legs;
      if (error === undefined) fetch.accepted();
      else if (isRefusal(error)) fetch.refused(reasonOf(error));
      else fetch.fail(reasonOf(error));
    };
  }

  /** A job has come. */
  take(worker: BullmqWorker, job: BullmqJob): void {
    const consumer = this.#consumerOf(worker);
    if (consumer === undefined) return;
    const key = keyOf(worker, job.id);
    this.#taken.set(job, { consumer, key, commits: undefined });
    const message = { key, position: positionOfTaken(job) };
    consumer.legs.fetched(channelOf(worker), [message]);
    // Without a processor the program asks for each job itself, and works on what it gets.
    if (typeof worker.processFn !== 'function') consumer.legs.delivered([message]);
  }

  /** The worker goes on without a job that has come: nobody will work on it before it has come again. */
  lost(worker: BullmqWorker, id: unknown): void {
    this.#consumers.get(worker)?.legs.given(keyOf(worker, id));
  }

  /** The leg in which the processor of a worker runs. */
  handlerOf(job: BullmqJob): RecordOperator | undefined {
    return this.#taken.get(job)?.consumer.legs.handle;
  }

  /** The processor is called with a job. */
  begin(job: BullmqJob): Handled {
    const taken = this.#taken.get(job) as Taken;
    const { legs } = taken.consumer;
    legs.delivered([taken]);
    const ended = (): void => {
      taken.commits ??= legs.handled([taken.key]);
    };
    return {
      succeeded: ended,
      failed: (reason, error) => {
        const moved = MOVED.test(String((error as { name?: unknown } | undefined)?.name));
        if (!moved) legs.handle.fail(reason, error);
        ended();
        if (moved) legs.committed(taken.commits ?? []);
      },
    };
  }

  /** The server is told what becomes of a job; give what this gives how that ended. */
  committing(job: BullmqJob): ((error: unknown) => void) | undefined {
    const taken = this.#taken.get(job);
    if (taken === undefined) return undefined;
    const { legs, unanswered } = taken.consumer;
    // Of a job that no processor was called with, nothing was delivered.
    legs.given(taken.key);
    taken.commits ??= legs.handled([taken.key]);
    const { commits } = taken;
    const over = unanswered.sent(this.#graph.nowMs());
    return (error) => {
      over();
      if (error === undefined) legs.committed(commits);
      else legs.refused(commits, reasonOf(error));
    };
  }

  #consumerOf(worker: BullmqWorker, locate?: () => SourceLocation | undefined): Consumer | undefined {
    const known = this.#consumers.get(worker);
    if (known !== undefined) return known.legs.released ? undefined : known;
    if (this.#open >= MAX_WORKERS) {
      this.#graph.countDropped();
      return undefined;
    }
    const weak = new WeakRef(worker);
    const holder: { consumer?: Consumer } = {};
    const legs = ConsumerLegs.open(this.#graph, {
      name: channelOf(worker).name,
      job: jobOf(worker),
      location: locate?.(),
      functions: () => functionsOf(weak.deref()),
      look: (operator) => {
        if (holder.consumer !== undefined) this.#look(weak.deref(), holder.consumer, operator);
      },
    });
    if (legs === undefined) return undefined;
    this.#open++;
    holder.consumer = { legs, unanswered: new Unanswered() };
    this.#consumers.set(worker, holder.consumer);
    return holder.consumer;
  }

  #look(worker: BullmqWorker | undefined, { legs, unanswered }: Consumer, fetch: ExplicitOperator): void {
    if (worker === undefined || worker.closed === true) {
      if (fetch.progress() !== 'open') return;
      this.#open--;
      legs.end();
      return;
    }
    const reason = pauseReasonOf(worker);
    fetch.condition.pauseReason = reason;
    // A pause takes the blocking connection down, on purpose.
    const silentSinceMs = unanswered.overdueSince(this.#graph.nowMs());
    const there = isConnected(worker, reason === undefined) !== false && silentSinceMs === undefined;
    for (const leg of [fetch, legs.commit]) leg.connected(there, silentSinceMs);
    const givenUp = there ? undefined : clientGivenUpBy(worker);
    fetch.condition.givenUp = givenUp !== undefined;
    fetch.condition.leftToProgram = givenUp === 'program';
  }
}

function pauseReasonOf({ closing, paused, limitUntil }: BullmqWorker): string | undefined {
  if (closing !== undefined) return 'the worker is being closed';
  if (paused) return 'worker.pause()';
  // The wall clock is the library's own for this.
  if (typeof limitUntil === 'number' && limitUntil > Date.now()) return 'rate limit';
  return undefined;
}

/** The user's processor. One that is a file runs elsewhere, behind a function of the library's. */
function functionsOf(worker: BullmqWorker | undefined): ReturnType<NonNullable<ExplicitOptions['functions']>> {
  const processor = worker?.processFn;
  return typeof processor !== 'function' || worker?.childPool !== undefined ? [] : [processor as () => unknown];
}
