import type { Incident } from '../incident/incident.ts';
import type { WorkerWindow } from '../model/worker-window.ts';

/**
 * Workers of whom only incidents of an earlier run of the monitor are known. Their incidents stay open until the worker
 * reports, until a worker that must be its successor connects, or until the monitor has waited long enough.
 */
export class RestoredWorkers {
  readonly #waiting = new Map<
    string,
    { readonly jobs: ReadonlySet<string>; readonly lastProgressMs: number; readonly sinceMs: number }
  >();
  /** Those that have come in the place of another one: each of one only. */
  readonly #successors = new Set<string>();
  readonly #keepMs: number;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(incidents: readonly Incident[], nowMs: number): void {
    for (const { worker, jobs: standing, lastProgressAt } of incidents) {
      const known = this.#waiting.get(worker);
      const jobs = new Set([...(known?.jobs ?? []), ...standing]);
      const lastProgressMs = Math.max(known?.lastProgressMs ?? Number.NEGATIVE_INFINITY, Date.parse(lastProgressAt));
      this.#waiting.set(worker, { jobs, lastProgressMs, sinceMs: nowMs });
    }
  }

  /**
   * A worker has connected, or has told what it runs. It succeeds another of one of its jobs when that one's name is the default one
   * (host-pid) of the same host, and its own process was started after the other was last seen to work.
   */
  seen({ facts, jobs }: Pick<WorkerWindow, 'facts' | 'jobs'>): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.delete(facts.worker);
    if (this.#successors.has(facts.worker)) return;
    for (const [worker, waiting] of this.#waiting) {
      const sameHost =
        facts.host !== '' && worker.startsWith(`${facts.host}-`) && /^\d+$/.test(worker.slice(facts.host.length + 1));
      const sameJob = jobs.some((job) => waiting.jobs.has(job));
      if (!sameJob || !sameHost || !(facts.startedUnixMs > waiting.lastProgressMs)) continue;
      this.#waiting.delete(worker);
      this.#successors.add(facts.worker);
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
