import { EdgeCell } from '../board/layout.ts';
import { MAX_MARKERS } from './marker-queue.ts';
import type { Operator } from './operator.ts';

/**
 * pipe: what the source emits waits in its own buffer first. manual: what is written is at once in the target's queue.
 * through: user code that is not tracked lies in between, so that no marker can cross; it only shows in the graph.
 */
export type EdgeKind = 'pipe' | 'manual' | 'through';

/** A buffer between the two ends that belongs to neither, such as the outer stream of a composition. */
export interface Relay {
  /** What it holds, in the unit of the target. */
  buffered(target: Operator): number;
}

export interface EdgeOptions {
  readonly id: number;
  readonly slot: number;
  readonly source: Operator;
  readonly target: Operator;
  readonly kind: EdgeKind;
  readonly back: boolean;
  readonly relays: readonly Relay[];
  /** False once the two ends are no longer connected, although both go on. */
  readonly connected: () => boolean;
}

interface Waiting {
  epoch: number;
  /** How much the source must have handed over in all; undefined: until its buffer is empty. */
  readonly handedOver: number | undefined;
}

/**
 * The FIFO between two operators, and the markers in the part of it that belongs to the source.
 *
 * The position of a marker needs no history: whatever the source has emitted and the target has not completed is either in the
 * source's buffer, in a relay, or in the target's queue, so the position is the sum of their lengths and of what the target
 * has completed.
 */
export class Edge {
  readonly id: number;
  readonly slot: number;
  readonly source: Operator;
  readonly target: Operator;
  readonly kind: EdgeKind;
  /** It closes a loop, and is left out of low watermarks. */
  readonly back: boolean;
  readonly connected: () => boolean;
  /** Markers cross it, and the target's low watermark depends on it. */
  readonly carries: boolean;
  /** The last epoch that the target has passed on this edge; Infinity: closed. */
  epoch: number;
  closed = false;
  /** The source has sent its end along the edge. */
  ending = false;
  /** The target has other inputs, whose records it completes in between. */
  shared = false;
  /** An epoch to be sent when the stack is empty. */
  deferred = 0;
  /** Position when the edge was found. */
  readonly origin: number;
  readonly #relays: readonly Relay[];
  readonly #waiting: Waiting[] = [];

  constructor(options: EdgeOptions) {
    this.id = options.id;
    this.slot = options.slot;
    this.source = options.source;
    this.target = options.target;
    this.kind = options.kind;
    this.back = options.back;
    this.carries = !options.back && options.kind !== 'through';
    this.connected = options.connected;
    this.#relays = options.relays;
    this.epoch = options.target.low;
    this.origin = this.position();
  }

  /** Records (or bytes) in the FIFO, in the unit of the target. */
  queued(): number {
    return this.target.queued() + this.#notHandedOver();
  }

  /** Writes its numbers into the cells of the board. */
  publish(cells: Float64Array): void {
    const base = this.slot * EdgeCell.STRIDE;
    cells[base + EdgeCell.QUEUED] = this.queued();
    cells[base + EdgeCell.PASSED_EPOCH] = this.epoch;
    cells[base + EdgeCell.CLOSED] = this.closed ? 1 : 0;
  }

  /** What the target will have completed when it has completed everything that the source has emitted until now. */
  position(): number {
    return this.target.completed + this.queued();
  }

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Other streams lie in between, which hand on what they hear of. */
  get relayed(): boolean {
    return this.#relays.length > 0;
  }

  /** Sends a marker along the edge. */
  dispatch(epoch: number): void {
    if (!this.carries || this.closed || this.ending) return;
    if (epoch === Number.POSITIVE_INFINITY) this.ending = true;
    if (!this.shared) {
      this.target.arm(epoch, this.position(), this);
      return;
    }
    // Records of other inputs are completed in between, so what waits in the source's buffer has no position yet: it gets one
    // when it has been handed over. That is later than necessary by what others add until then, and never too early.
    if (this.#notHandedOver() > 0) {
      const last = this.#waiting.at(-1);
      const handedOver = this.source.pushed;
      if (last !== undefined && last.handedOver === handedOver) last.epoch = Math.max(last.epoch, epoch);
      else if (this.#waiting.length < MAX_MARKERS) this.#waiting.push({ epoch, handedOver });
      else this.#waiting[this.#waiting.length - 1] = { epoch, handedOver };
      this.target.rearm();
      return;
    }
    this.#arm(epoch);
  }

  /** Gives a position to the markers whose records have been handed over. Only on an empty stack. */
  settle(): void {
    const waiting = this.#waiting;
    while (waiting.length > 0) {
      const { epoch, handedOver } = waiting[0] as Waiting;
      if (!this.#hasHandedOver(handedOver)) return;
      waiting.shift();
      this.#arm(epoch);
    }
    this.target.rearm();
  }

  /** From now on the target has other inputs as well: positions given before no longer hold. */
  share(): void {
    const newest = this.takeBack();
    if (newest > 0) this.dispatch(newest);
  }

  /** Something that was counted in front of its markers is not there: they get new positions. Only on an empty stack. */
  reposition(): void {
    if (this.shared || !this.carries || this.closed) return;
    const newest = this.target.withdraw(this);
    if (newest === 0) return;
    this.ending = false;
    this.dispatch(newest);
  }

  /** The same as share() without giving new positions: gives the newest epoch that has lost its own, or 0. */
  takeBack(): number {
    if (this.shared || !this.carries) return 0;
    this.shared = true;
    if (this.kind === 'pipe') this.source.countPushes();
    const newest = this.target.withdraw(this);
    if (newest > 0) this.ending = false;
    return newest;
  }

  /** The two ends are cut: what the source still holds will never arrive. */
  cut(): void {
    if (this.closed) return;
    if (!this.carries) {
      this.closed = true;
      this.ending = true;
      return;
    }
    this.#waiting.length = 0;
    this.target.withdraw(this);
    this.ending = true;
    this.#arm(Number.POSITIVE_INFINITY);
  }

  #arm(epoch: number): void {
    this.target.arm(epoch, this.target.completed + this.target.queued(), this);
  }

  /** What is on the way to the target's queue. */
  #notHandedOver(): number {
    let length = this.kind === 'manual' ? 0 : this.source.buffered(this.target);
    for (const relay of this.#relays) length += relay.buffered(this.target);
    return length;
  }

  #hasHandedOver(handedOver: number | undefined): boolean {
    const { pushed } = this.source;
    if (handedOver === undefined || pushed === undefined || this.#relays.length > 0) return this.#notHandedOver() === 0;
    return pushed - this.source.held() >= handedOver;
  }
}
