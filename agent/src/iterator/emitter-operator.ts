import { OperatorState } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { pullStateOf } from './promise-state.ts';
import type { Pull } from './pull.ts';

/** What an iterator of events tells of its queue. */
export interface EventQueue {
  /** Events that nobody has asked for yet. */
  readonly size: number;
  /** At which size the emitter is told to wait. */
  readonly high: number;
  /** It has been told to. */
  readonly isPaused: boolean;
}

/** An iterator that `events.on()` has given. It is held weakly: a loop that is given up takes it away. */
export interface EmitterParts {
  readonly iterator: WeakRef<object>;
  readonly queue: (iterator: object) => EventQueue | undefined;
  readonly pull: WeakRef<Pull>;
}

/** What emits the events that somebody iterates: it waits for the world outside, and is never stalled. */
export class EmitterOperator extends Operator {
  readonly #parts: EmitterParts;
  /** Size of the queue when the next event was asked for; undefined: nobody is asking right now. */
  asked: number | undefined = undefined;

  constructor(identity: OperatorIdentity, graph: Graph, parts: EmitterParts) {
    super(identity, graph);
    this.#parts = parts;
  }

  override queued(): number {
    return 0;
  }

  override buffered(): number {
    return this.held();
  }

  override held(): number {
    // While one is being taken, it is neither in the queue nor with the loop.
    return Math.max(this.asked ?? 0, this.#queue()?.size ?? 0);
  }

  override state(): OperatorState {
    return this.#queue()?.isPaused === true ? OperatorState.BACKPRESSURED : OperatorState.IDLE;
  }

  override unread(): boolean {
    return false;
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const pull = this.#parts.pull.deref();
    return pull === undefined || pull.count.returned || pullStateOf(pull.last) === 'over' ? 'released' : 'open';
  }

  override finishing(): boolean {
    return false;
  }

  override inspect(): OperatorInspection {
    return { name: this.name, functions: [], callbackOutstanding: false };
  }

  override detach(): void {}

  #queue(): EventQueue | undefined {
    const iterator = this.#parts.iterator.deref();
    return iterator === undefined ? undefined : this.#parts.queue(iterator);
  }
}
