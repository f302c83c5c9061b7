import { OperatorCell, type OperatorState } from '../board/layout.ts';
import { monotonicMs } from '../board/monotonic.ts';
import type { OperatorKind, OperatorLeg, SourceLocation } from '../thread/messages.ts';
import type { OperatorInspection } from '../tracker.ts';
import { type Condition, type OldestRecord, UNCONDITIONED } from './condition.ts';
import type { Edge } from './edge.ts';
import type { Graph } from './graph.ts';
import { MarkerQueue } from './marker-queue.ts';

/** Stays a small integer in V8, on every platform. */
const MAX_CREDIT = 2 ** 30 - 1;

/** Who an operator is. */
export interface OperatorIdentity {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly kind: OperatorKind;
  readonly unit: 'records' | 'bytes';
  readonly location: SourceLocation | undefined;
  /** Step of a consumer or producer of a broker; absent: no part of one. */
  readonly leg?: OperatorLeg;
  /** Dataflow that the user says it belongs to; absent or empty: nothing was said. */
  readonly job?: string;
}

/**
 * A step of the dataflow: counts what it has completed and passes markers on when everything before them is completed.
 *
 * The fields that the completion hook touches are plain numbers, and the hook compares before it calls anything.
 */
export abstract class Operator {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly kind: OperatorKind;
  readonly unit: 'records' | 'bytes';
  readonly location: SourceLocation | undefined;
  readonly leg: OperatorLeg | undefined;
  /** Dataflow that it belongs to, by what was said of it or of whoever gives to it; empty: the worker's own. */
  job: string;
  /** What it knows of itself beside its counts. */
  readonly condition: Readonly<Condition> = UNCONDITIONED;
  readonly graph: Graph;
  /**
   * How much may be completed before the hook has to call `completion`. The hook subtracts from it: one small integer does for
   * the count and for the comparison.
   */
  credit: number = MAX_CREDIT;
  /** Length of the record that is being completed right now: it still lies in the queue. */
  completing = 0;
  /** Last epoch passed. */
  low: number;
  /** It has passed none since it was made: `low` is what it was born with. */
  fresh = true;
  /** Records (or bytes, in the unit of its own buffer) that came out since pushes are counted. */
  pushed: number | undefined = undefined;
  readonly inputs: Edge[] = [];
  readonly outputs: Edge[] = [];
  /** Inputs that are neither closed nor part of a loop. */
  openInputs = 0;
  released = false;
  /** What will be completed when the credit is used up. */
  #limit = MAX_CREDIT;
  readonly #markers = new MarkerQueue();
  #emitted = -1;

  constructor(identity: OperatorIdentity, graph: Graph) {
    this.id = identity.id;
    this.slot = identity.slot;
    this.name = identity.name;
    this.kind = identity.kind;
    this.unit = identity.unit;
    this.location = identity.location;
    this.leg = identity.leg;
    this.job = identity.job ?? '';
    this.graph = graph;
    this.low = graph.epoch;
  }

  /** Records (or bytes) completed since adoption. */
  get completed(): number {
    return this.#limit - this.credit;
  }

  /** Counts a completion that no stream has signalled; true when `completion` has to be called. */
  protected complete(completed: number): boolean {
    this.credit = this.#limit - completed;
    return this.credit <= 0 || this.graph.pulseIsNew();
  }

  /** Taken and not completed; the record that is being completed does not count. */
  abstract queued(): number;
  /** What it has put out and nobody has taken, in the unit of the target. */
  abstract buffered(target: Operator): number;
  /** The same in its own unit. */
  abstract held(): number;
  /** What it is doing; `active` is the operator whose code runs now, 0 when none. */
  abstract state(active: number): OperatorState;
  abstract unread(): boolean;
  /** Nothing says whether it is done with the record that it has taken last, unless it takes another one. */
  mayBeDone(): boolean {
    return false;
  }

  /** Its output is full, and nothing of it was ever read: who began to read and stopped has seen what he wanted. */
  abandoned(): boolean {
    return false;
  }
  /** It will pass nothing more; `cut`: and what it holds is lost. */
  abstract progress(): 'open' | 'finished' | 'released' | 'cut';
  /** It has been told that no more input comes, and is not done. */
  abstract finishing(): boolean;
  abstract inspect(): OperatorInspection;
  /** Takes the hooks off. */
  abstract detach(): void;

  /** Starts to count what comes out, where a source shares its target with others. */
  countPushes(): void {}
  /** Adapts the cost of its hooks to its rate. */
  adapt(_nowMs: number): void {}

  /** It completes so much, or is so young, that its code runs without a breadcrumb. */
  get hot(): boolean {
    return false;
  }

  /** Whoever gives to it has to wait, by its own word or because it takes one record at a time. */
  get full(): boolean {
    return false;
  }

  /** Its code has been seen to write into a stream by hand: it may write into more of them. */
  writesByHand(): void {}

  /** Whether the board shows when its code runs. */
  showRunning(_show: boolean): void {}

  /** True when a call lies in the function that takes what this operator gives, one record at a time. */
  isConsumedBy(_caller: NodeJS.CallSite): boolean {
    return false;
  }

  /** What it puts out is heard of by more than the one who takes it, so that others run while a record is on its way. */
  overheard(): boolean {
    return false;
  }

  /** One chunk that it hears of becomes several records, one after the other. */
  get splits(): boolean {
    return false;
  }

  /** How much it has completed, in whatever order. */
  get done(): number {
    return this.kind === 'source' ? Math.max(0, this.countOutput()) : this.completed;
  }

  /** The record in flight that began first; undefined: none, or not known. */
  oldest(): OldestRecord | undefined {
    return undefined;
  }

  /** Records in flight, the oldest first, at most so many; of an operator that cannot tell more of them apart, the oldest. */
  records(_limit: number): readonly OldestRecord[] {
    const oldest = this.oldest();
    return oldest === undefined ? [] : [oldest];
  }

  /** How much it has taken and not completed. */
  get inFlight(): number {
    return this.queued();
  }

  /** The stream that it follows leads to it, so that it need not be held to be there. */
  get heldByStream(): boolean {
    return false;
  }

  /** There is no record in it, nor anything else that it is to do. */
  get empty(): boolean {
    return this.inFlight === 0 && this.held() === 0 && !this.finishing();
  }

  get markers(): number {
    return this.#markers.length;
  }

  /** Slow half of the completion hook: a marker is due, or a pulse was noticed. */
  completion(length: number): void {
    this.completing = length;
    try {
      this.graph.notice(this);
      this.fire();
    } catch (error) {
      this.graph.onError(error);
    } finally {
      this.completing = 0;
    }
  }

  /** Begins an epoch here, at an operator without inputs. */
  begin(epoch: number): void {
    this.arm(epoch, this.completed + this.queued(), undefined);
  }

  arm(epoch: number, position: number, edge: Edge | undefined): void {
    if (this.#markers.length === 0 && this.completed >= position) {
      this.#arrive(epoch, edge);
      return;
    }
    this.#markers.insert(epoch, position, edge);
    this.rearm();
  }

  /** Lets every marker through whose position is reached. */
  fire(): void {
    for (
      let marker = this.#markers.take(this.completed);
      marker !== undefined;
      marker = this.#markers.take(this.completed)
    ) {
      this.#arrive(marker.epoch, marker.edge);
    }
    this.rearm();
    if (this.inputs.some((edge) => edge.waits)) this.graph.settleSoon(this);
  }

  /** Takes back the markers of an edge that have no valid position any more; gives the newest of them, or 0. */
  withdraw(edge: Edge): number {
    const newest = this.#markers.remove(edge);
    this.rearm();
    return newest;
  }

  /** Drops an input that is over, so that it keeps nothing alive. */
  forget(edge: Edge): void {
    const index = this.inputs.indexOf(edge);
    if (index >= 0) this.inputs.splice(index, 1);
  }

  /** Takes back what it was born with: everything up to an epoch at most is completed here. */
  claimLess(epoch: number): void {
    this.low = Math.max(0, Math.min(this.low, epoch));
    this.graph.board.operators[this.slot * OperatorCell.STRIDE + OperatorCell.PASSED_EPOCH] = this.low;
  }

  /** Passes an epoch: everything before it is completed here. */
  pass(epoch: number): void {
    if (epoch <= this.low) return;
    this.low = epoch;
    this.fresh = false;
    const { board } = this.graph;
    const base = this.slot * OperatorCell.STRIDE;
    board.operators[base + OperatorCell.PASSED_EPOCH] = epoch;
    board.operators[base + OperatorCell.PASSED_AT_MS] = monotonicMs();
    this.graph.passed(this, epoch);
    this.graph.forward(this, epoch);
  }

  /** Its input is over and done with. */
  finish(): void {
    this.#markers.clear();
    this.rearm();
    this.pass(Number.POSITIVE_INFINITY);
  }

  /** Writes the numbers that change to the board; its state only from where it is not the middle of somebody's work. */
  publish(withState: boolean, active: number): void {
    const cells = this.graph.board.operators;
    const base = this.slot * OperatorCell.STRIDE;
    cells[base + OperatorCell.COMPLETED] = this.done;
    cells[base + OperatorCell.EMITTED] = this.emitted();
    cells[base + OperatorCell.IN_FLIGHT] = this.inFlight;
    if (withState) cells[base + OperatorCell.STATE] = this.state(active);
    cells[base + OperatorCell.UNREAD] = this.unread() ? 1 : 0;
    const { condition } = this;
    if (condition !== UNCONDITIONED) {
      cells[base + OperatorCell.PENDING] = condition.pending ?? -1;
      cells[base + OperatorCell.FAILURES] = condition.failures;
      cells[base + OperatorCell.DISCONNECTED_AT_MS] = condition.disconnectedSinceMs;
    }
    const oldest = this.oldest();
    cells[base + OperatorCell.OLDEST_NUMBER] = oldest?.number ?? 0;
    cells[base + OperatorCell.OLDEST_AT_MS] = oldest?.sinceMs ?? 0;
  }

  /** What it has put out, in its own unit, as counted at the other end of an edge that nobody shares; -1: cannot be counted. */
  emitted(): number {
    const counted = this.countOutput();
    return counted >= 0 && this.outputs.every((edge) => edge.source.givesUnitOf(edge.target)) ? counted : -1;
  }

  /** True when a target counts what this operator gives in the unit in which it gives it. */
  givesUnitOf(_target: Operator): boolean {
    return true;
  }

  /** The same in the unit of whoever takes it. */
  countOutput(): number {
    for (const edge of this.outputs) {
      if (edge.kind !== 'pipe' || edge.shared || edge.closed) continue;
      this.#emitted = Math.max(0, this.#emitted, edge.position() - edge.origin);
    }
    return this.#emitted;
  }

  #arrive(epoch: number, edge: Edge | undefined): void {
    if (edge === undefined) {
      if (this.openInputs === 0) this.pass(epoch);
      return;
    }
    if (epoch === Number.POSITIVE_INFINITY) {
      if (!edge.closed) this.openInputs--;
      edge.closed = true;
    }
    edge.epoch = Math.max(edge.epoch, epoch);
    let low = Number.POSITIVE_INFINITY;
    for (const input of this.inputs) {
      if (!input.closed && input.carries && input.epoch < low) low = input.epoch;
    }
    if (edge.closed && edge.source.released) this.forget(edge);
    // With every input over, the operator itself may still have something to flush: it finishes when it says so.
    if (low !== Number.POSITIVE_INFINITY) this.pass(low);
  }

  /** Sets at which completion the hook has to call again. */
  rearm(): void {
    const { completed } = this;
    const ahead = this.inputs.some((edge) => edge.waits) ? 0 : this.#markers.next - completed;
    this.credit = Math.max(0, Math.min(ahead, MAX_CREDIT));
    this.#limit = completed + this.credit;
  }
}
