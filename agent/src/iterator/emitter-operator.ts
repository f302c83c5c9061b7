import { OperatorState } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { knownPull } from './generators.ts';
import { pullStateOf } from './promise-state.ts';

/** What an iterator of events tells of its queue. */
export interface EventQueue {
  /** Events that nobody has asked for yet. */
  readonly size: number;
  /** At which size the emitter is told to wait. */
  readonly high: number;
  /** It has been told to. */
  readonly isPaused: boolean;
}

/** What emits the events that somebody iterates: it waits for the world outside, and is never stalled. */
export class EmitterOperator extends Operator {
  /** Held weakly: a loop that is given up takes it away. */
  readonly #iterator: WeakRef<object>;
  readonly #queueOf: (iterator: object) => EventQueue | undefined;
  /** Size of the queue when the next event was asked for; undefined: nobody is asking right now. */
  asked: number | undefined = undefined;

  constructor(
    identity: OperatorIdentity,
    graph: Graph,
    iterator: object,
    queueOf: (iterator: object) => EventQueue | undefined,
  ) {
    super(identity, graph);
    this.#iterator = new WeakRef(iterator);
    this.#queueOf = queueOf;
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
    const pull = knownPull(this.#iterator.deref());
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
    const iterator = this.#iterator.deref();
    return iterator === undefined ? undefined : this.#queueOf(iterator);
  }
}
