import { OperatorState } from '../board/layout.ts';
import { type Condition, newCondition } from '../operator/condition.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import type { ReadableInternals } from '../stream/internals.ts';
import { ReadableOperator } from '../stream/readable-operator.ts';

/** How long the broker may hold back the answer to a fetch, where nothing else is said. Milliseconds. */
const DEFAULT_WAIT_MS = 5000;
/** What a fetch may take beyond twice that time. Milliseconds. */
const SLACK_MS = 2000;

/**
 * The stream of messages of a consumer of @platformatic/kafka: it is the fetch leg, because what it has in its buffer waits for the
 * user's own streams and loops, which are followed like those behind any other stream.
 */
export class FetchStreamOperator extends ReadableOperator {
  readonly #known: Condition = newCondition();
  /** Fetches without an answer, and monotonic milliseconds since which there have been any. */
  #fetches = 0;
  #awaitingSinceMs = 0;
  #patienceMs = 0;

  constructor(identity: OperatorIdentity, graph: Graph, stream: ReadableInternals) {
    super(identity, graph, stream, false);
  }

  /** A fetch begins; the broker may hold back its answer for so long. */
  asked(maxWaitMs: unknown): void {
    const waitMs = typeof maxWaitMs === 'number' && maxWaitMs >= 0 ? maxWaitMs : DEFAULT_WAIT_MS;
    this.#patienceMs = 2 * waitMs + SLACK_MS;
    if (this.#fetches++ === 0) this.#awaitingSinceMs = this.graph.nowMs();
  }

  answered(): void {
    this.#fetches = Math.max(0, this.#fetches - 1);
    this.#awaitingSinceMs = this.graph.nowMs();
    this.#known.disconnectedSinceMs = 0;
  }

  failed(reason: string, lost: boolean): void {
    this.#fetches = Math.max(0, this.#fetches - 1);
    this.#known.failures++;
    this.#known.lastFailure = reason;
    if (lost) this.#lost(this.graph.nowMs());
  }

  /** So many messages of its partitions are in the broker and not taken yet. */
  lags(pending: number): void {
    this.#known.pending = pending;
  }

  override state(): OperatorState {
    const state = super.state();
    // What any stream tells of itself is a part of what is known here.
    this.#known.pauseReason = this.condition.pauseReason;
    this.condition = this.#known;
    if (state === OperatorState.ENDED || state === OperatorState.PAUSED) return state;
    return this.#known.disconnectedSinceMs > 0 ? OperatorState.BUSY : state;
  }

  /** The client tries again by itself and tells nobody that it does. */
  override adapt(nowMs: number): void {
    super.adapt(nowMs);
    if (this.#fetches > 0 && nowMs - this.#awaitingSinceMs > this.#patienceMs) this.#lost(this.#awaitingSinceMs);
  }

  #lost(sinceMs: number): void {
    if (this.#known.disconnectedSinceMs === 0) this.#known.disconnectedSinceMs = sinceMs;
  }
}
