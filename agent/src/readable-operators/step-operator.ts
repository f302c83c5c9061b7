import { OperatorState } from '../board/layout.ts';
import type { OldestRecord } from '../operator/condition.ts';
import { ExplicitOperator } from '../operator/explicit-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { Operator, OperatorIdentity } from '../operator/operator.ts';
import { bufferedFor, chunkCount } from '../stream/buffered.ts';
import { isDestroyed, type Method, type ReadableInternals } from '../stream/internals.ts';
import { hasReader } from '../stream/reader.ts';
import { ReadableFlag } from '../stream/state-flags.ts';
import { isPausedByProgram, PAUSED } from '../stream/user-pause.ts';
import { WritableOperator } from '../stream/writable-operator.ts';
import type { Step } from './step.ts';

/** What an operator looks at. */
export interface StepParts {
  readonly step: Step;
  /** The user's function; undefined: the method takes none. */
  readonly fn: Method | undefined;
  /** The stream that the method gave; undefined: it gave a promise. */
  readonly output: ReadableInternals | undefined;
  /** Takes the hooks off the streams. */
  readonly release: () => void;
}

/** A call of `Readable.map()` or one of its kin. */
export class StepOperator extends ExplicitOperator {
  readonly #step: Step;
  readonly #output: ReadableInternals | undefined;
  readonly #release: () => void;

  constructor(identity: OperatorIdentity, graph: Graph, { step, fn, output, release }: StepParts) {
    super(identity, graph, { functions: () => (fn === undefined ? [] : [fn]) });
    this.#step = step;
    this.#output = output;
    this.#release = release;
    this.credit -= step.completed;
  }

  /** More records are done with. */
  advanced(): void {
    this.reach(this.#step.completed);
  }

  override queued(): number {
    const { begun, completed, arriving } = this.#step;
    return begun - completed + (arriving ? 1 : 0);
  }

  override get inFlight(): number {
    return this.#step.begun - this.#step.ended;
  }

  override get done(): number {
    return this.#step.ended;
  }

  override oldest(): OldestRecord | undefined {
    const record = this.#step.oldest;
    return record === undefined ? undefined : { number: record.number, sinceMs: record.sinceMs, key: '' };
  }

  override buffered(target: Operator): number {
    const state = this.#output?._readableState;
    if (state === undefined) return 0;
    return target instanceof WritableOperator ? bufferedFor(state, target.stream._writableState) : chunkCount(state);
  }

  override givesUnitOf(target: Operator): boolean {
    return !(target instanceof WritableOperator) || target.takesObjects;
  }

  override held(): number {
    return this.#output?._readableState.length ?? 0;
  }

  override emitted(): number {
    return this.#output === undefined ? -1 : this.#step.given;
  }

  override countPushes(): void {
    if (this.#output !== undefined) this.pushed ??= this.#step.given;
  }

  override state(): OperatorState {
    const { begun, completed, inHand } = this.#step;
    if (this.released) return OperatorState.ENDED;
    const output = this.#outputFull() ? this.#output : undefined;
    const paused = output !== undefined && isPausedByProgram(output) && !this.outputs.some(({ target }) => target.full);
    this.condition.pauseReason = paused ? PAUSED.pauseReason : undefined;
    if (output !== undefined) return paused ? OperatorState.PAUSED : OperatorState.BACKPRESSURED;
    if (begun === completed) return OperatorState.IDLE;
    // What the user's code is done with goes out as soon as somebody takes it.
    return inHand === 0 ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
  }

  override get full(): boolean {
    return this.queued() > 0;
  }

  override unread(): boolean {
    const output = this.#output;
    return output !== undefined && this.outputs.length === 0 && this.#outputFull() && !hasReader(output);
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const output = this.#output;
    if (output === undefined) return this.#step.settled ? 'released' : 'open';
    if (ReadableFlag.endEmitted(output._readableState)) return 'released';
    return isDestroyed(output) ? 'cut' : 'open';
  }

  override finishing(): boolean {
    return false;
  }

  override detach(): void {
    this.#release();
  }

  #outputFull(): boolean {
    const state = this.#output?._readableState;
    return state !== undefined && state.length > 0 && state.length >= state.highWaterMark;
  }
}
