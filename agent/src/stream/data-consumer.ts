import { Control, type OperatorState } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import { RecordOperator } from '../operator/record-operator.ts';
import { isDestroyed, type Method, type ReadableInternals } from './internals.ts';
import { ReadableFlag } from './state-flags.ts';

/** Taken before user code can change it. */
const { then } = Promise.prototype;
const ASYNC_FUNCTION: unknown = (async () => {}).constructor;

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
    this.#isAsync = listener.constructor === ASYNC_FUNCTION;
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
    if (this.#isAsync) return this.#follow(number, result as Promise<unknown>);
    this.returned();
    return result;
  }

  /** Gives a promise with the same outcome: to look at one is to handle its rejection, of which nobody would then hear. */
  #follow(number: number, promise: Promise<unknown>): Promise<unknown> {
    const record = this.goesOn(number);
    return then.call(
      promise,
      (value) => {
        this.finishRecord(record);
        return value;
      },
      (reason) => {
        this.finishRecord(record);
        throw reason;
      },
    );
  }

  override state(): OperatorState {
    this.condition.pauseReason = this.#paused() ? 'stream.pause()' : undefined;
    return super.state();
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
