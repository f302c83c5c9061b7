import type { Finding, RuleName, Victim } from '../detect/finding.ts';
import type { WorkerSnapshot } from '../model/snapshot.ts';
import type { WorkerWindow } from '../model/worker-window.ts';

/** What ends or endangers a whole process, whatever it runs. */
const ofProcess: ReadonlySet<RuleName> = new Set<RuleName>(['worker-lost', 'failure']);

/** What is needed to know whose jobs a finding concerns. */
export interface StandingJobsOptions {
  readonly window: WorkerWindow;
  /** The report that the finding is about; null: none is known. */
  readonly snapshot: WorkerSnapshot | null;
  /** The job of an operator of any worker; undefined: not known any more. */
  readonly jobOf: (victim: Victim) => string | undefined;
}

/**
 * Every job that stands because of a finding: that of the culprit first, then those of whoever waits for it. What happens to a process
 * happens to all of its jobs, and a blocked event loop to those that have operators on its thread. So one cause is one incident,
 * and turns red all that stand for it. Pure.
 */
export function standingJobs(finding: Finding, { window, snapshot, jobOf }: StandingJobsOptions): readonly string[] {
  const jobs = new Set([finding.job]);
  if (ofProcess.has(finding.rule)) {
    // Until it has reported again nobody knows what it runs now.
    for (const job of snapshot === null ? window.jobs : [window.facts.job, ...snapshot.jobs]) jobs.add(job);
  } else if (finding.rule === 'loop-blocked') {
    for (const { thread, state, job } of snapshot?.operators ?? [])
      if (thread === 0 && state !== 'ended') jobs.add(job);
  }
  for (const victim of finding.victims) {
    const job = jobOf(victim);
    if (job !== undefined) jobs.add(job);
  }
  return [...jobs];
}
