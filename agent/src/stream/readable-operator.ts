import { OperatorState } from '../board/layout.ts';
import { type Condition, UNCONDITIONED } from '../operator/condition.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { Breadcrumb } from './breadcrumb.ts';
import { bufferedFor, chunkCount } from './buffered.ts';
import { isDestroyed, type Method, type ReadableInternals, type ReadableState } from './internals.ts';
import { countPushes, type PushCount } from './push-count.ts';
import { hasReader, hearers } from './reader.ts';
import { ReadableFlag } from './state-flags.ts';
import { userFunctions } from './user-functions.ts';
import { isPausedByProgram, PAUSED } from './user-pause.ts';
import { WritableOperator } from './writable-operator.ts';

/** A readable stream that takes no records from another operator. It waits for the world outside, and is never stalled. */
export class ReadableOperator extends Operator {
  override condition: Readonly<Condition> = UNCONDITIONED;
  readonly stream: ReadableInternals;
  readonly #state: ReadableState;
  readonly #breadcrumb: Breadcrumb | undefined;
  readonly #functions: readonly Method[];
  #pushes: PushCount | undefined = undefined;

  constructor(identity: OperatorIdentity, graph: Graph, stream: ReadableInternals, isDuplex: boolean) {
    super(identity, graph);
    this.stream = stream;
    this.#state = stream._readableState;
    this.#functions = userFunctions(stream);
    this.#breadcrumb = isDuplex
      ? undefined
      : new Breadcrumb(stream, ['_read'], graph.board.control, identity.id, graph.firstCalls);
  }

  override get heldByStream(): boolean {
    return true;
  }

  override queued(): number {
    return 0;
  }

  override buffered(target: Operator): number {
    if (target instanceof WritableOperator) return bufferedFor(this.#state, target.stream._writableState);
    return chunkCount(this.#state);
  }

  override overheard(): boolean {
    return hearers(this.stream) > 1;
  }

  override givesUnitOf(target: Operator): boolean {
    return !(target instanceof WritableOperator) || target.takesObjects === ReadableFlag.objectMode(this.#state);
  }

  override held(): number {
    return this.#state.length;
  }

  override state(): OperatorState {
    this.condition = UNCONDITIONED;
    if (isDestroyed(this.stream)) return OperatorState.ENDED;
    if (isPausedByProgram(this.stream)) {
      // Paused until somebody behind has room again: that is a program's own way to say what a pipe says.
      if (this.outputs.some(({ target }) => target.full)) return OperatorState.BACKPRESSURED;
      this.condition = PAUSED;
      return OperatorState.PAUSED;
    }
    return this.#full() && this.#state.flowing !== true ? OperatorState.BACKPRESSURED : OperatorState.IDLE;
  }

  override unread(): boolean {
    return this.outputs.length === 0 && this.#full() && !hasReader(this.stream);
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    if (ReadableFlag.endEmitted(this.#state)) return 'released';
    return isDestroyed(this.stream) ? 'cut' : 'open';
  }

  override finishing(): boolean {
    return false;
  }

  override inspect(): OperatorInspection {
    return { name: this.name, functions: this.#functions, callbackOutstanding: false };
  }

  override countPushes(): void {
    this.#pushes ??= countPushes(this.stream, this);
  }

  override get hot(): boolean {
    return this.#breadcrumb?.slow === false;
  }

  override adapt(nowMs: number): void {
    this.#breadcrumb?.look(Math.max(0, this.countOutput()), nowMs);
  }

  override showRunning(show: boolean): void {
    this.#breadcrumb?.show(show);
  }

  override detach(): void {
    this.#breadcrumb?.remove();
    this.#pushes?.stop();
  }

  #full(): boolean {
    return this.#state.length > 0 && this.#state.length >= this.#state.highWaterMark;
  }
}
