import { foreignVictims, type Neighbourhood } from '../channel/foreign-victims.ts';
import { waitsForPaused } from '../channel/paused-takers.ts';
import type { Assessment } from '../detect/assess.ts';
import type { Finding, Victim } from '../detect/finding.ts';
import { runningOperator } from '../diagnose/running-operator.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { WorkerWindow } from '../model/worker-window.ts';

/** What lies outside of one worker's window. */
export interface CompletionOptions {
  readonly neighbourhood: Neighbourhood;
  readonly evidenceOf: (finding: Finding) => readonly WorkerEvidence[];
  /** Whether no path of the job is left. */
  readonly stands: (job: string) => boolean;
}

/**
 * Adds to the findings about one worker what its own window cannot show: the operator that only evidence names, who waits in
 * other workers, and whether the whole job stands. Costs nothing while there are no findings.
 */
export class Completion {
  readonly #options: CompletionOptions;
  /** Who waits through channels, by worker and finding, as of the last check. */
  readonly #foreign = new Map<string, ReadonlyMap<string, readonly Victim[]>>();

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /** anew: who waits in other workers is looked for; else, between two checks, the last answer stands. */
  complete(bare: Assessment, window: WorkerWindow, nowMs: number, anew: boolean): Assessment {
    const { worker } = window.facts;
    const before = this.#foreign.get(worker);
    this.#foreign.delete(worker);
    if (bare.findings.length === 0) return bare;
    const { neighbourhood } = this.#options;
    const foreign = new Map<string, readonly Victim[]>();
    const findings = bare.findings
      .filter((finding) => !waitsForPaused(finding, neighbourhood, nowMs))
      .map((finding) => this.#named(finding, window))
      .map((finding) => {
        if (finding.stage !== 'found') return finding;
        const key = `${finding.rule} ${finding.operatorId}`;
        const known = anew ? undefined : before?.get(key);
        const victims = known ?? (reaches(finding, window) ? foreignVictims(finding, neighbourhood, nowMs) : []);
        foreign.set(key, victims);
        const stands = finding.type === 'stall' && this.#options.stands(finding.job);
        return {
          ...finding,
          severity: stands ? ('critical' as const) : finding.severity,
          victims: victims.length === 0 ? finding.victims : [...finding.victims, ...victims],
        };
      });
    if (foreign.size > 0) this.#foreign.set(worker, foreign);
    return { ...bare, findings };
  }

  forget(worker: string): void {
    this.#foreign.delete(worker);
  }

  /** The finding with its operator, when a blocked loop's is known only from evidence. */
  #named(finding: Finding, { snapshot }: WorkerWindow): Finding {
    if (finding.rule !== 'loop-blocked' || finding.operatorId !== 0) return finding;
    const operator = runningOperator(this.#options.evidenceOf(finding), snapshot);
    if (operator === undefined) return finding;
    const { id: operatorId, name, ordinal, job } = operator;
    const victims = finding.victims.filter((victim) => victim.operatorId !== operatorId);
    return { ...finding, job, operatorId, operator: name, ordinal, victims };
  }
}

/** Whether others can wait for it: who starves behind one stuck record is not its victim alone, and who has failed may go on. */
function reaches({ rule }: Finding, { departure }: WorkerWindow): boolean {
  return rule !== 'record-stuck' && (rule !== 'failure' || departure !== null);
}
