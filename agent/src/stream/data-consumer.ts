import { Control, OperatorState } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import { RecordOperator } from '../operator/record-operator.ts';
import { sameOutcome } from '../operator/same-outcome.ts';
import { isDestroyed, type Method, type ReadableInternals } from './internals.ts';
import { isAsync } from './listener-calls.ts';
import { ReadableFlag } from './state-flags.ts';
import { PAUSED } from './user-pause.ts';

/**
 * A listener of the event "data": each chunk is a record. It is done when the listener returns or, for an async function, when
 * its promise settles.
 */
export class DataConsumer extends RecordOperator {
  readonly #stream: ReadableInternals;
  readonly #removed: () => boolean;
  readonly #control: Int32Array;
  readonly #listener: Method;
  readonly #isAsync: boolean;

  constructor(
    identity: OperatorIdentity,
    graph: Graph,
    stream: ReadableInternals,
    listener: Method,
    removed: () => boolean,
  ) {
    super(identity, graph, { functions: () => [listener] });
    this.#stream = stream;
    this.#removed = removed;
    this.#control = graph.board.control;
    this.#listener = listener;
    this.#isAsync = isAsync(listener);
  }

  /** Calls the listener with one chunk. */
  take(owner: unknown, chunk: unknown): unknown {
    const control = this.#control;
    const previous = control[Control.RUNNING_OPERATOR] as number;
    control[Control.RUNNING_OPERATOR] = this.id;
    const number = this.enter();
    let result: unknown;
    try {
      result = this.#listener.call(owner, chunk);
    } catch (error) {
      this.returned();
      throw error;
    } finally {
      control[Control.RUNNING_OPERATOR] = previous;
    }
    if (this.#isAsync) {
      const record = this.goesOn(number);
      const ended = (): void => this.finishRecord(record);
      return sameOutcome(result as Promise<unknown>, ended, ended);
    }
    this.returned();
    return result;
  }

  /** By the function that is registered in place of the listener. */
  override get heldByStream(): boolean {
    return true;
  }

  override state(): OperatorState {
    // A listener that pauses its stream until it is done with a chunk is at work, and not paused.
    const paused = this.inFlight === 0 && this.#paused();
    const held = paused && this.outputs.some(({ target }) => target.full);
    this.condition.pauseReason = paused && !held ? PAUSED.pauseReason : undefined;
    return held ? OperatorState.BACKPRESSURED : super.state();
  }

  override get full(): boolean {
    return this.inFlight > 0 || this.outputs.some(({ target }) => target.full);
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    if (ReadableFlag.endEmitted(this.#stream._readableState) || this.#removed()) return 'released';
    return isDestroyed(this.#stream) ? 'cut' : 'open';
  }

  /** Somebody has said that no more chunks are wanted for now; a pipe beside it says so by itself when its target is full. */
  #paused(): boolean {
    const { flowing, pipes } = this.#stream._readableState;
    return flowing === false && (pipes === null || (Array.isArray(pipes) && pipes.length === 0));
  }
}
