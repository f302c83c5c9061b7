import { LIMITS } from '@streamgauge/proto/limits';

/**
 * The dataflows beside the worker's own that its operators belong to, over all threads. There are few; a program that makes one up for
 * every request must not fill the memory of its monitor.
 */
export class JobNames {
  readonly #operators: Map<string, number> = new Map();
  #refused = 0;

  /** Operators that are told under the worker's own job for want of room, since the session began. */
  get refused(): number {
    return this.#refused;
  }

  /** An operator belongs to a job: gives the name, or an empty one when there is no room for one more. */
  take(job: string): string {
    if (job === '') return '';
    const operators = this.#operators.get(job) ?? 0;
    if (operators === 0 && this.#operators.size >= LIMITS.JOBS_PER_REPORT) {
      this.#refused += 1;
      return '';
    }
    this.#operators.set(job, operators + 1);
    return job;
  }

  /** The operator is gone, or belongs to another one now. */
  give(job: string): void {
    const operators = this.#operators.get(job);
    if (operators === undefined) return;
    if (operators > 1) this.#operators.set(job, operators - 1);
    else this.#operators.delete(job);
  }
}
