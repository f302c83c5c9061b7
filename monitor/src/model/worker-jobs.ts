import { LIMITS } from '@streamgauge/proto/limits';
import type { WorkerSnapshot } from './snapshot.ts';

/** The job that an operator belongs to: the one that it names, else its worker's own. The one place that says so. */
export function jobOf({ job }: { readonly job: string }, own: string): string {
  return job === '' ? own : job;
}

/** Whether a worker runs a part of a job now, or did at last: of its own always, of another one while operators belong to it. */
export function runsPartOf(
  { facts, snapshot }: { readonly facts: { readonly job: string }; readonly snapshot: WorkerSnapshot | null },
  job: string,
): boolean {
  return facts.job === job || snapshot === null || snapshot.jobs.includes(job);
}

/** The jobs of a worker that has connected: its own first, then what it was known to run parts of before. */
export function connectJobs(
  own: string,
  before: { readonly jobs: readonly string[]; readonly facts: { readonly job: string } } | undefined,
): readonly string[] {
  return [own, ...(before?.jobs ?? []).filter((job) => job !== own && job !== before?.facts.job)];
}

/**
 * The jobs of a worker after a report. One that no operator belongs to any more is still known, so that whoever asks for it between two
 * runs of its pipeline learns that it has finished, and not that there is none; those not named for longest make room for others.
 */
export function rememberJobs(known: readonly string[], named: readonly string[]): readonly string[] {
  if (named.every((job) => known.includes(job))) return known;
  const [own = '', ...before] = known;
  const others = [...before.filter((job) => !named.includes(job)), ...named.filter((job) => job !== own)];
  return [own, ...others.slice(-LIMITS.JOBS_PER_REPORT)];
}
