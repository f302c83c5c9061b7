import { OperatorState } from '../board/layout.ts';
import { ExplicitOperator } from '../operator/explicit-operator.ts';

/** Runs of records that are told apart; what comes beyond joins the last run and is only complete with it. */
const MAX_RUNS = 1024;

/** Records that came one after the other. */
interface Run {
  count: number;
  /**
   * Records of it that are completed, and the offset of the last of them: at first that of the last one before it, because what is
   * replayed is none of it. They only count while the run is of one partition.
   */
  done: number;
  reached: number;
  /** Partition and the offset that completes its part of the run. */
  readonly waiting: Map<string, number>;
  mixed: boolean;
}

/**
 * An explicit operator whose records are completed by partition and offset: what is delivered or committed of one partition
 * says nothing of another, so a marker passes when every partition has come to where it was.
 *
 * An offset that comes again (a retry, a replay) is the same record: it is still owed until it is completed.
 */
export class OffsetOperator extends ExplicitOperator {
  /** What it holds is only work once somebody has asked for it, as for a commit. */
  owed = true;
  readonly #runs: Run[] = [];
  /** Highest offset received of each partition. */
  readonly #received: Map<string, number> = new Map();
  #begun = 0;
  #passed = 0;

  /** So many records of a partition have come, the last of them at this offset. */
  receive(partition: string, offset: number, count = 1): void {
    const before = this.#received.get(partition);
    const fresh = before === undefined ? count : Math.min(count, offset - before);
    if (!(fresh > 0)) return;
    this.#received.set(partition, offset);
    this.#begun += fresh;
    const last = this.#runs.at(-1);
    const extends_ = last !== undefined && !last.mixed && last.waiting.has(partition);
    if (last !== undefined && (extends_ || this.#runs.length >= MAX_RUNS)) {
      last.count += fresh;
      last.mixed ||= !extends_;
      last.waiting.set(partition, offset);
      return;
    }
    const waiting = new Map([[partition, offset]]);
    this.#runs.push({ count: fresh, done: 0, reached: before ?? -1, waiting, mixed: false });
  }

  /** Everything of a partition up to an offset is done with; the count is what that is believed to be. */
  finishUntil(partition: string, offset: number, count = 1): void {
    for (const run of this.#runs) {
      const due = run.waiting.get(partition);
      if (due === undefined) continue;
      if (due <= offset) run.waiting.delete(partition);
      else {
        // A retry is no progress.
        if (offset > run.reached) run.done = Math.min(run.count - 1, run.done + count);
        run.reached = Math.max(run.reached, offset);
        break;
      }
    }
    this.#advance();
  }

  /** Partitions that are another's now complete nothing here any more. */
  keepOnly(partitions: ReadonlySet<string>): void {
    for (const partition of [...this.#received.keys()]) {
      if (!partitions.has(partition)) this.#received.delete(partition);
    }
    for (const run of this.#runs) {
      for (const partition of [...run.waiting.keys()]) if (!partitions.has(partition)) run.waiting.delete(partition);
    }
    this.#advance();
  }

  override queued(): number {
    return this.#begun - this.completed;
  }

  override get inFlight(): number {
    return this.owed ? this.queued() : 0;
  }

  override state(): OperatorState {
    const state = super.state();
    return state === OperatorState.BUSY && !this.owed ? OperatorState.IDLE : state;
  }

  #advance(): void {
    let [head] = this.#runs;
    while (head !== undefined && head.waiting.size === 0) {
      this.#passed += head.count;
      this.#runs.shift();
      [head] = this.#runs;
    }
    const reached = this.#passed + (head === undefined || head.mixed ? 0 : head.done);
    if (reached > this.completed) this.reach(reached);
  }
}
