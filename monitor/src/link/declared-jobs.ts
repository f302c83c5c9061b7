import { create, DropsSchema, LIMITS, type Report } from '@streamgauge/proto';
import { authorise } from '../access/authorise.ts';
import type { Principal } from '../access/principal.ts';
import type { LinkContext } from './context.ts';

/** Why operators and tasks do not belong to the job that they name: their worker may not speak for it, or it names too many. */
type JobRefusal = 'forbidden' | 'too-many';

/** An operator of a report, or a task. */
interface NamesJob {
  job: string;
}

/** Whose jobs are asked about. */
interface Speaker {
  readonly worker: string;
  readonly job: string;
  readonly principal: Principal;
}

type Witness = Pick<LinkContext, 'counters' | 'log'>;

/**
 * Takes the jobs out of a message that its worker may not speak for, and those beyond what a report may name: its operators or tasks are
 * then part of the worker's own job, as if they had named none. So nobody brings anything into a job that is not theirs, and nothing that
 * stands is hidden. The question is the same as for its Hello, and how many names are asked about is bounded. What was refused is counted
 * and logged; gives how many parts that were.
 */
export function keepAllowedJobs(parts: readonly NamesJob[], speaker: Speaker, context: Witness): number {
  const { worker, job: ownJob, principal } = speaker;
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
      verdict =
        asked > LIMITS.JOBS_PER_REPORT
          ? 'too-many'
          : authorise(principal, 'report', { worker, job })
            ? 'kept'
            : 'forbidden';
      verdicts.set(job, verdict);
    }
    if (verdict === 'kept') continue;
    part.job = '';
    moved += 1;
  }
  for (const [job, verdict] of verdicts ?? []) if (verdict !== 'kept') tell(job, verdict, speaker, context);
  return moved;
}

/** The same for a report, whose drops then tell of its operators. */
export function keepAllowedJobsOf(report: Report, speaker: Speaker, context: Witness): void {
  const moved = keepAllowedJobs(report.operators, speaker, context);
  if (moved === 0) return;
  report.drops ??= create(DropsSchema);
  report.drops.jobs += BigInt(moved);
}

function tell(job: string, reason: JobRefusal, { worker, job: ownJob }: Speaker, { counters, log }: Witness): void {
  counters.add('jobs-refused', reason);
  const why = reason === 'forbidden' ? 'its token is not for that job' : 'it names too many jobs';
  const sentence = `What worker ${worker} tells of job ${job} is shown under its own job ${ownJob}: ${why}.`;
  log.oncePerMinute(`jobs-refused ${worker}`, sentence);
}
