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

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /** before: the last answer, when its victims in other workers may be taken over. Between two checks they are not looked for. */
  complete(bare: Assessment, window: WorkerWindow, nowMs: number, before: Assessment | undefined): Assessment {
    if (bare.findings.length === 0) return bare;
    const { neighbourhood } = this.#options;
    const findings = bare.findings
      .filter((finding) => !waitsForPaused(finding, neighbourhood, nowMs))
      .map((finding) => this.#finding(this.#named(finding, window), window, nowMs, before));
    return { ...bare, findings };
  }

  #finding(finding: Finding, window: WorkerWindow, nowMs: number, before: Assessment | undefined): Finding {
    if (finding.stage !== 'found') return finding;
    const stands = finding.type === 'stall' && this.#options.stands(finding.job);
    const foreign = this.#foreign(finding, window, nowMs, before);
    return {
      ...finding,
      severity: stands ? 'critical' : finding.severity,
      victims: foreign.length === 0 ? finding.victims : [...finding.victims, ...foreign],
    };
  }

  #foreign(finding: Finding, { departure }: WorkerWindow, nowMs: number, before: Assessment | undefined): Victim[] {
    // Who starves behind a stuck record is not its victim alone, and a worker that failed and goes on feeds others.
    if (finding.rule === 'record-stuck' || (finding.rule === 'failure' && departure === null)) return [];
    const known = before?.findings.find(
      ({ rule, operatorId, stage }) =>
        rule === finding.rule && operatorId === finding.operatorId && stage === finding.stage,
    );
    if (known !== undefined) return known.victims.filter(({ worker }) => worker !== finding.worker);
    return foreignVictims(finding, this.#options.neighbourhood, nowMs);
  }

  /** The finding with its operator, when a blocked loop's is known only from evidence. */
  #named(finding: Finding, { snapshot }: WorkerWindow): Finding {
    if (finding.rule !== 'loop-blocked' || finding.operatorId !== 0) return finding;
    const operator = runningOperator(this.#options.evidenceOf(finding), snapshot);
    if (operator === undefined) return finding;
    const { id: operatorId, name, ordinal } = operator;
    const victims = finding.victims.filter((victim) => victim.operatorId !== operatorId);
    return { ...finding, operatorId, operator: name, ordinal, victims };
  }
}
