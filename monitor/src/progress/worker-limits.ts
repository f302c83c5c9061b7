import type { WorkerFacts } from '../model/worker-window.ts';
import type { DetectionLimits } from '../progress-monitor.ts';

/** What the monitor wishes of a worker, as far as detection has to know it. */
export type WishesOf = (worker: Pick<WorkerFacts, 'worker' | 'job'>) => { readonly loopBlockedMs: number };

/** The limits of detection for each worker: those for all, but for what was wished of the worker itself. */
export class WorkerLimits {
  readonly #common: DetectionLimits;
  readonly #wishesOf: WishesOf | undefined;
  /** By the facts of a connection, which last as long as what was wished of it. */
  readonly #known = new WeakMap<WorkerFacts, DetectionLimits>();

  constructor(common: DetectionLimits, wishesOf: WishesOf | undefined) {
    this.#common = common;
    this.#wishesOf = wishesOf;
  }

  of(facts: WorkerFacts): DetectionLimits {
    if (this.#wishesOf === undefined) return this.#common;
    const known = this.#known.get(facts);
    if (known !== undefined) return known;
    const limits = { ...this.#common, loopBlockedMs: this.#wishesOf(facts).loopBlockedMs };
    this.#known.set(facts, limits);
    return limits;
  }
}
