import { create, DropsSchema, LIMITS, type Report } from '@streamgauge/proto';
import type { LinkContext } from './context.ts';

/** Why operators do not belong to the job that they name: their worker may not speak for it, or it names too many. */
export type JobRefusal = 'forbidden' | 'too-many';

const none: ReadonlyMap<string, JobRefusal> = new Map();

/**
 * Takes the jobs out of a report that its worker may not speak for, and those beyond what a report may name: their operators are then
 * part of the worker's own job, as if they had named none. So nobody brings anything into a job that is not theirs, and nothing that
 * stands is hidden. Gives what was refused, and counts the operators among those that the worker itself has told without their job.
 * How many names are asked about is bounded as well.
 */
export function keepAllowedJobs(
  report: Report,
  ownJob: string,
  isAllowed: (job: string) => boolean,
): ReadonlyMap<string, JobRefusal> {
  let asked = 0;
  let moved = 0n;
  let verdicts: Map<string, JobRefusal | 'kept'> | undefined;
  for (const operator of report.operators) {
    const { job } = operator;
    if (job === '' || job === ownJob) continue;
    verdicts ??= new Map();
    let verdict = verdicts.get(job);
    if (verdict === undefined) {
      asked += 1;
      verdict = asked > LIMITS.JOBS_PER_REPORT ? 'too-many' : isAllowed(job) ? 'kept' : 'forbidden';
      verdicts.set(job, verdict);
    }
    if (verdict === 'kept') continue;
    operator.job = '';
    moved += 1n;
  }
  if (moved > 0n) {
    report.drops ??= create(DropsSchema);
    report.drops.jobs += moved;
  }
  if (verdicts === undefined) return none;
  const refused = new Map<string, JobRefusal>();
  for (const [job, verdict] of verdicts) if (verdict !== 'kept') refused.set(job, verdict);
  return refused;
}

/** Counts what was refused, and says so once a minute. */
export function tellRefusedJobs(
  refused: ReadonlyMap<string, JobRefusal>,
  { worker, job: ownJob }: { readonly worker: string; readonly job: string },
  { counters, log }: Pick<LinkContext, 'counters' | 'log'>,
): void {
  for (const [job, reason] of refused) {
    counters.add('jobs-refused', reason);
    const why = reason === 'forbidden' ? 'its token is not for that job' : 'it names too many jobs';
    const sentence = `Operators that worker ${worker} reports of job ${job} are shown under its own job ${ownJob}: ${why}.`;
    log.oncePerMinute(`jobs-refused ${worker}`, sentence);
  }
}
