import { LIMITS } from '@streamgauge/proto';
import type { LinkContext } from './context.ts';

/** Why operators and tasks do not belong to the job that they name: their worker may not speak for it, or it names too many. */
export type JobRefusal = 'forbidden' | 'too-many';

/** An operator of a report, or a task. */
interface NamesJob {
  job: string;
}

/** What was done about the jobs that a message names. */
export interface JobsKept {
  /** How many of its parts name none any more. */
  readonly moved: number;
  readonly refused: ReadonlyMap<string, JobRefusal>;
}

const allKept: JobsKept = { moved: 0, refused: new Map() };

/**
 * Takes the jobs out of a message that its worker may not speak for, and those beyond what a report may name: its operators or tasks are
 * then part of the worker's own job, as if they had named none. So nobody brings anything into a job that is not theirs, and nothing that
 * stands is hidden. How many names are asked about is bounded as well.
 */
export function keepAllowedJobs(
  parts: readonly NamesJob[],
  ownJob: string,
  isAllowed: (job: string) => boolean,
): JobsKept {
  let asked = 0;
  let moved = 0;
  let verdicts: Map<string, JobRefusal | 'kept'> | undefined;
  for (const part of parts) {
    const { job } = part;
    if (job === '' || job === ownJob) continue;
    verdicts ??= new Map();
    let verdict = verdicts.get(job);
    if (verdict === undefined) {
      asked += 1;
      verdict = asked > LIMITS.JOBS_PER_REPORT ? 'too-many' : isAllowed(job) ? 'kept' : 'forbidden';
      verdicts.set(job, verdict);
    }
    if (verdict === 'kept') continue;
    part.job = '';
    moved += 1;
  }
  if (verdicts === undefined || moved === 0) return allKept;
  const refused = new Map<string, JobRefusal>();
  for (const [job, verdict] of verdicts) if (verdict !== 'kept') refused.set(job, verdict);
  return { moved, refused };
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
    const sentence = `What worker ${worker} tells of job ${job} is shown under its own job ${ownJob}: ${why}.`;
    log.oncePerMinute(`jobs-refused ${worker}`, sentence);
  }
}
