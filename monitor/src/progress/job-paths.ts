const none: readonly string[] = [];

/**
 * Which connected workers of a job still have a way from a source to a sink that no culprit closes. A job stands as a whole
 * when none has. Kept up to date worker by worker, so that asking costs nothing.
 */
export class JobPaths {
  readonly #free = new Map<string, Set<string>>();
  readonly #jobs = new Map<string, readonly string[]>();

  /** The jobs in which a worker has such a way now; none: it is gone. */
  set(worker: string, jobs: readonly string[]): void {
    const before = this.#jobs.get(worker) ?? none;
    if (before === jobs) return;
    for (const job of before) if (!jobs.includes(job)) this.#close(job, worker);
    for (const job of jobs) this.#open(job, worker);
    if (jobs.length === 0) this.#jobs.delete(worker);
    else this.#jobs.set(worker, jobs);
  }

  stands(job: string): boolean {
    return !this.#free.has(job);
  }

  #open(job: string, worker: string): void {
    const workers = this.#free.get(job);
    if (workers === undefined) this.#free.set(job, new Set([worker]));
    else workers.add(worker);
  }

  #close(job: string, worker: string): void {
    const workers = this.#free.get(job);
    workers?.delete(worker);
    if (workers?.size === 0) this.#free.delete(job);
  }
}
