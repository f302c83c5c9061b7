/**
 * Which connected workers of a job still have a way from a source to a sink that no culprit closes. A job stands as a whole
 * when none has. Kept up to date worker by worker, so that asking costs nothing.
 */
export class JobPaths {
  readonly #free = new Map<string, Set<string>>();

  set(job: string, worker: string, free: boolean): void {
    const workers = this.#free.get(job);
    if (free) {
      if (workers === undefined) this.#free.set(job, new Set([worker]));
      else workers.add(worker);
    } else if (workers !== undefined) {
      workers.delete(worker);
      if (workers.size === 0) this.#free.delete(job);
    }
  }

  stands(job: string): boolean {
    return !this.#free.has(job);
  }
}
