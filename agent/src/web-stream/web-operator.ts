import { OperatorState } from '../board/layout.ts';
import type { Graph } from '../operator/graph.ts';
import { Operator, type OperatorIdentity } from '../operator/operator.ts';
import type { OperatorInspection } from '../tracker.ts';
import { isLocked } from './locked.ts';
import type { Side } from './side.ts';

/** Where the chunks of an operator go on. */
interface Outlet {
  readonly target: Operator;
  /** How many of them the target has got. */
  readonly taken: () => number;
}

/** A Web Stream, or a stream made by the runtime of which only the connections are known. */
export class WebOperator extends Operator {
  readonly #side: Side;
  #outlets: Outlet[] = [];
  #connected = false;

  constructor(identity: OperatorIdentity, graph: Graph, side: Side) {
    super(identity, graph);
    this.#side = side;
    this.credit -= side.done;
  }

  /** Says which chunk of a target the chunks put out become: the n-th is its chunk number n plus the offset. */
  leadsTo(target: Operator, offset: number): void {
    this.leadsInto(target, () => target.completed + target.queued() - offset);
  }

  /** Says how many of the chunks put out a target has got. */
  leadsInto(target: Operator, taken: () => number): void {
    this.#outlets = this.#outlets.filter((outlet) => !outlet.target.released && outlet.target !== target);
    this.#outlets.push({ target, taken });
  }

  override get heldByStream(): boolean {
    return true;
  }

  override queued(): number {
    const side = this.#side;
    return side.failed ? 0 : Math.max(0, side.written - this.completed);
  }

  /** Whatever it has put out and the target has not got, wherever a pipe has it in between. */
  override buffered(target: Operator): number {
    const outlet = this.#outlets.find((known) => known.target === target);
    if (outlet === undefined) return 0;
    return Math.max(0, this.#side.enqueued - outlet.taken());
  }

  override held(): number {
    return 0;
  }

  override state(): OperatorState {
    const side = this.#side;
    if (side.failed) return OperatorState.ENDED;
    if (side.kind === 'source') return this.#full(side) ? OperatorState.BACKPRESSURED : OperatorState.IDLE;
    if (side.running || side.pending > 0) return OperatorState.BUSY;
    // Nothing keeps a transform from its next chunk but an output without room.
    if (this.queued() > 0) return side.kind === 'transform' ? OperatorState.BACKPRESSURED : OperatorState.BUSY;
    return OperatorState.IDLE;
  }

  /** Who has begun to read and stopped, or reads now and then, has seen what he wanted. */
  override unread(): boolean {
    const side = this.#side;
    if (side.readable === undefined || side.touched || this.outputs.length > 0) return false;
    return this.state() === OperatorState.BACKPRESSURED && !isLocked(side.readable);
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const side = this.#side;
    if (side.failed || side.controller?.desiredSize === null) return 'cut';
    if (side.exact) return side.ended ? 'released' : 'open';
    // Of a stream of the runtime's own no end is seen but that of its connections.
    this.#connected ||= this.inputs.length + this.outputs.length > 0;
    return this.#connected && this.inputs.length + this.outputs.length === 0 ? 'released' : 'open';
  }

  override finishing(): boolean {
    return this.#side.ended;
  }

  override inspect(): OperatorInspection {
    const { pending, functions } = this.#side;
    return { name: this.name, functions, callbackOutstanding: pending > 0, awaits: true };
  }

  override detach(): void {
    const side = this.#side;
    // Where its chunks go is still asked for, to place its last marker.
    if (side.operator === this) side.operator = undefined;
  }

  #full(side: Side): boolean {
    const room = side.controller?.desiredSize;
    return typeof room === 'number' && side.enqueued > 0 && room <= 0;
  }
}
