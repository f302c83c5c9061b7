import { OperatorState } from '../board/layout.ts';
import { type Condition, UNCONDITIONED } from '../operator/condition.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { Breadcrumb } from './breadcrumb.ts';
import { bufferedFor, chunkCount } from './buffered.ts';
import {
  hasReadableSide,
  holdsCallback,
  isDestroyed,
  isTransform,
  type Method,
  type ReadableState,
  type WritableInternals,
  type WritableState,
  type WriteCallback,
} from './internals.ts';
import { countPushes, type PushCount } from './push-count.ts';
import { hasReader, hearers } from './reader.ts';
import { ReadableFlag, WritableFlag } from './state-flags.ts';
import { unreadWithin } from './unread-within.ts';
import { userFunctions } from './user-functions.ts';
import { CONSTRUCTED_WITHIN_MS, CONSTRUCTING, CORKED, isPausedByProgram, PAUSED } from './user-pause.ts';

/** The writable side of a stream: a sink, or a transform together with its output. */
export class WritableOperator extends Operator {
  override condition: Readonly<Condition> = UNCONDITIONED;
  readonly stream: WritableInternals;
  readonly #state: WritableState;
  /** Only of a transform: the output of any other duplex is an operator of its own. */
  readonly #output: ReadableState | undefined;
  readonly #breadcrumb: Breadcrumb;
  /** On what runs once, at the end. */
  readonly #ending: Breadcrumb;
  readonly #functions: readonly Method[];
  /** Those that run when all records are done. */
  readonly #last: readonly Method[];
  readonly #unhook: () => void;
  #pushes: PushCount | undefined = undefined;
  /** Length of a record that it had when it was adopted, until that one is done: it completes past the hook. */
  #before: number;
  /** That one was counted, which a marker may have waited for. */
  #settled = false;
  readonly #adoptedMs: number;

  constructor(identity: OperatorIdentity, graph: Graph, stream: WritableInternals) {
    super(identity, graph);
    this.stream = stream;
    this.#adoptedMs = graph.nowMs();
    this.#state = stream._writableState;
    const transform = isTransform(stream);
    this.#output = transform ? stream._readableState : undefined;
    this.#functions = userFunctions(stream);
    this.#last = this.#functions.filter((fn) => fn === stream._final || fn === stream._flush);
    this.#before = WritableFlag.writing(this.#state) ? this.#state.writelen : 0;
    const { control } = graph.board;
    this.#unhook = hookCompletion(this, stream._writableState, control, stream._writableState.onwrite);
    const guess = this.takesObjects ? 1 : Math.max(1, stream._writableState.highWaterMark / 4);
    this.#breadcrumb = new Breadcrumb(stream, ['_write', '_writev'], control, identity.id, graph.firstCalls, guess);
    if (this.#before > 0) this.#breadcrumb.awaitCall();
    // A transform looks whether _final is still its own, and flushes twice when it is not.
    this.#ending = new Breadcrumb(stream, [transform ? '_flush' : '_final'], control, identity.id, graph.firstCalls);
  }

  override get completed(): number {
    if (this.#before > 0) this.#settleBefore();
    return super.completed;
  }

  override get heldByStream(): boolean {
    return true;
  }

  override queued(): number {
    return this.#state.length - this.completing;
  }

  override buffered(target: Operator): number {
    if (this.#output === undefined) return 0;
    return target instanceof WritableOperator ? bufferedFor(this.#output, target.#state) : chunkCount(this.#output);
  }

  override overheard(): boolean {
    return hearers(this.stream) > 1;
  }

  override givesUnitOf(target: Operator): boolean {
    return (
      !(target instanceof WritableOperator) ||
      target.takesObjects === (this.#output !== undefined && ReadableFlag.objectMode(this.#output))
    );
  }

  override held(): number {
    return this.#output?.length ?? 0;
  }

  get takesObjects(): boolean {
    return WritableFlag.objectMode(this.#state);
  }

  /** How much it takes before it tells its writer to wait. */
  get capacity(): number {
    return this.#state.highWaterMark;
  }

  /** It has told its writer to wait. */
  override get full(): boolean {
    return WritableFlag.needDrain(this.#state);
  }

  override state(active: number): OperatorState {
    const state = this.#state;
    if (isDestroyed(this.stream)) return OperatorState.ENDED;
    this.condition = UNCONDITIONED;
    const blocked = this.#outputFull();
    if (blocked && this.#isPaused()) {
      this.condition = PAUSED;
      return OperatorState.PAUSED;
    }
    if (state.length === 0) {
      if (this.finishing()) return blocked ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
      return WritableFlag.finished(state) && blocked ? OperatorState.BACKPRESSURED : OperatorState.IDLE;
    }
    if (blocked || holdsCallback(this.stream)) return OperatorState.BACKPRESSURED;
    if (this.#isConstructing()) {
      this.condition = CONSTRUCTING;
      return OperatorState.PAUSED;
    }
    if (state.corked > 0 && !WritableFlag.writing(state)) {
      this.condition = CORKED;
      return OperatorState.PAUSED;
    }
    // Seen from its own completion: this record is done, and no other has come.
    if (state.length === this.completing && active !== this.id) return OperatorState.IDLE;
    // Inside a call that has not returned, and somebody else runs: it waits for what it called.
    if (WritableFlag.writing(state) && WritableFlag.sync(state) && active !== this.id)
      return OperatorState.BACKPRESSURED;
    return OperatorState.BUSY;
  }

  #isConstructing(): boolean {
    if (WritableFlag.constructed(this.#state) || !('constructed' in this.#state)) return false;
    return this.graph.nowMs() - this.#adoptedMs < CONSTRUCTED_WITHIN_MS;
  }

  override unread(): boolean {
    return this.outputs.length === 0 && this.#outputFull() && !hasReader(this.stream);
  }

  override abandoned(): boolean {
    return !isDestroyed(this.stream) && this.unread() && this.#output?.dataEmitted !== true;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const output = this.#output;
    const finished = WritableFlag.finished(this.#state);
    if (finished && output !== undefined && ReadableFlag.endEmitted(output)) return 'released';
    if (isDestroyed(this.stream)) return finished && (output?.length ?? 0) === 0 ? 'released' : 'cut';
    if (!finished) return 'open';
    return output === undefined ? 'released' : 'finished';
  }

  override finishing(): boolean {
    return WritableFlag.ending(this.#state) && !WritableFlag.finished(this.#state);
  }

  override inspect(): OperatorInspection {
    const state = this.#state;
    const held = holdsCallback(this.stream) || this.#outputFull();
    const called = WritableFlag.writing(state) && !WritableFlag.sync(state);
    if (called || held || state.length > 0 || !this.finishing())
      return {
        name: this.name,
        functions: this.#functions,
        callbackOutstanding: called && !held,
        promise: called && !held ? this.#breadcrumb.promiseFate() : 'unknown',
        unread: called && !held && this.#functions.length > 0 ? unreadWithin(this.stream) : undefined,
      };
    // All records are done: what has been called and has not called back is its last step.
    return {
      name: this.name,
      functions: [...new Set([...this.#last, ...this.#functions])],
      callbackOutstanding: this.#last.length > 0,
    };
  }

  override countPushes(): void {
    if (this.#output === undefined || !hasReadableSide(this.stream)) return;
    this.#pushes ??= countPushes(this.stream, this);
  }

  override get hot(): boolean {
    return !this.#breadcrumb.slow;
  }

  override adapt(nowMs: number): void {
    if (this.#before > 0) this.#settleBefore();
    if (this.#settled) {
      this.#settled = false;
      if (this.credit <= 0) this.fire();
    }
    this.#breadcrumb.look(this.completed, nowMs);
  }

  override writesByHand(): void {
    this.#breadcrumb.keep();
  }

  override showRunning(show: boolean): void {
    this.#breadcrumb.show(show);
  }

  override detach(): void {
    this.#unhook();
    this.#breadcrumb.remove();
    this.#ending.remove();
    this.#pushes?.stop();
  }

  /**
   * Counts the record that was in flight at the adoption once it is done, and before any position is taken: a position taken
   * after it was done and before it is counted would be too early. Records are taken one after another, so it is done when
   * nothing is being written, or when the next one has been begun or completed.
   */
  #settleBefore(): void {
    if (WritableFlag.writing(this.#state) && !this.#breadcrumb.called && super.completed === 0) return;
    this.credit -= this.#before;
    this.#before = 0;
    this.#settled = true;
  }

  /** Its output is held on purpose, and not because somebody behind has no room. */
  #isPaused(): boolean {
    if (!hasReadableSide(this.stream) || this.outputs.some(({ target }) => target.full)) return false;
    return isPausedByProgram(this.stream);
  }

  #outputFull(): boolean {
    const output = this.#output;
    return output !== undefined && output.length > 0 && output.length >= output.highWaterMark;
  }
}

/**
 * Installs the one hook that every record pays for: a subtraction and two comparisons. Gives the function that takes it off.
 *
 * It runs before Node's own function, which starts the next record at once: there is no other moment between two records.
 * Everything it uses is a parameter, and the cell is written as a number: a captured constant is checked for its
 * initialisation at each use, and an imported one is looked up through the module, which together doubled its cost.
 */
function hookCompletion(
  operator: WritableOperator,
  state: WritableState,
  control: Int32Array,
  original: WriteCallback,
): () => void {
  function onwrite(error?: Error | null): void {
    operator.credit -= state.writelen;
    // The cell is Control.PULSE.
    if (operator.credit <= 0 || control[0] !== 0) operator.completion(state.writelen);
    original(error);
  }
  state.onwrite = onwrite;
  return () => {
    if (state.onwrite === onwrite) state.onwrite = original;
  };
}
