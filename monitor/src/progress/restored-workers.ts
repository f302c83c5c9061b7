import type { Incident } from '../incident/incident.ts';
import type { WorkerFacts } from '../model/worker-window.ts';

/**
 * Workers of whom only incidents of an earlier run of the monitor are known. Their incidents stay open until the worker
 * reports, until a worker that must be its successor connects, or until the monitor has waited long enough.
 */
export class RestoredWorkers {
  readonly #waiting = new Map<
    string,
    { readonly job: string; readonly lastProgressMs: number; readonly sinceMs: number }
  >();
  readonly #keepMs: number;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(incidents: readonly Incident[], nowMs: number): void {
    for (const { worker, job, lastProgressAt } of incidents) {
      const known = this.#waiting.get(worker)?.lastProgressMs ?? Number.NEGATIVE_INFINITY;
      const lastProgressMs = Math.max(known, Date.parse(lastProgressAt));
      this.#waiting.set(worker, { job, lastProgressMs, sinceMs: nowMs });
    }
  }

  /**
   * A worker has connected. It succeeds another of the same job when that one's name is the default one (host-pid) of the same
   * host, and its own process was started after the other was last seen to work.
   */
  connected(facts: WorkerFacts): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.delete(facts.worker);
    for (const [worker, { job, lastProgressMs }] of this.#waiting) {
      const sameHost =
        facts.host !== '' && worker.startsWith(`${facts.host}-`) && /^\d+$/.test(worker.slice(facts.host.length + 1));
      if (job !== facts.job || !sameHost || !(facts.startedUnixMs > lastProgressMs)) continue;
      this.#waiting.delete(worker);
      return;
    }
  }

  /** Whether a word of that worker is still waited for. */
  awaits(worker: string, nowMs: number): boolean {
    const waiting = this.#waiting.get(worker);
    if (waiting === undefined) return false;
    if (nowMs - waiting.sinceMs < this.#keepMs) return true;
    this.#waiting.delete(worker);
    return false;
  }
}
