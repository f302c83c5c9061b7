import type { Case, NamedClassification } from '../classify/classification.ts';
import { locationOf } from '../classify/frames.ts';
import { rfc3339, type WorkerEvidence } from '../model/evidence.ts';
import { helpFor } from './help.ts';
import type { Incident, IncidentEvidence, IncidentSample } from './incident.ts';
import { summarise } from './summary.ts';

/** What an incident carries at most; the rest of the evidence stays in the event log. */
const maxSamples = 20;
const maxMissing = 20;
const maxResources = 50;
/** Connections, and pools: those that somebody waits for come first. */
const maxHoldings = 20;
const maxVictims = 200;

/** Everything of an incident that follows from the finding and the evidence, and not from its life. */
export type Description = Pick<
  Incident,
  | 'type'
  | 'mechanism'
  | 'category'
  | 'confidence'
  | 'severity'
  | 'job'
  | 'jobs'
  | 'worker'
  | 'operator'
  | 'victims'
  | 'summary'
  | 'help'
  | 'rule'
  | 'classifier'
  | 'reasons'
  | 'labels'
  | 'evidence'
>;

/** Writes down a case as the contract wants it. Pure; missing names what the diagnosis could not get, jobs all that stand. */
export function describe(
  subject: Case,
  decided: NamedClassification,
  missing: readonly string[],
  jobs: readonly string[] = [subject.finding.job],
): Description {
  const { finding } = subject;
  return {
    type: finding.type,
    mechanism: decided.mechanism,
    category: decided.category,
    confidence: decided.confidence,
    severity: finding.severity,
    job: finding.job,
    jobs,
    worker: finding.worker,
    operator: finding.operator,
    victims: finding.victims.slice(0, maxVictims).map(({ worker, operator }) => ({ worker, operator })),
    summary: summarise(finding, decided, subject.failure, jobs),
    help: helpFor(finding.rule, decided),
    rule: finding.rule,
    classifier: decided.classifier,
    reasons: decided.reasons,
    labels: decided.labels ?? {},
    evidence: collect(subject, decided, missing),
  };
}

function collect(subject: Case, decided: NamedClassification, missing: readonly string[]): IncidentEvidence {
  const { finding, evidence, failure } = subject;
  const newest = evidence.at(-1);
  const thread = evidence.findLast((piece) => piece.thread !== null)?.thread;
  const garbage = evidence.findLast((piece) => piece.garbage !== null)?.garbage;
  return {
    location: decided.location === null ? null : locationOf(decided.location),
    samples: samplesOf(evidence, failure === null ? null : failureSample(failure)),
    resources: (newest?.resources ?? []).slice(0, maxResources),
    connections: (newest?.connections ?? []).slice(0, maxHoldings),
    pools: (newest?.pools ?? []).slice(0, maxHoldings),
    loop: {
      heldMs: Math.round(finding.heldMs),
      thresholdMs: Math.round(finding.thresholdMs),
      ...finding.facts,
    },
    gc:
      garbage == null
        ? {}
        : {
            share: Math.round(garbage.share * 1000) / 1000,
            observedMs: Math.round(garbage.observedMs),
            heapUsedBytes: garbage.heapUsedBytes,
            heapLimitBytes: garbage.heapLimitBytes,
          },
    cpu:
      thread == null
        ? {}
        : {
            state: thread.state,
            share: Math.round(thread.cpuShare * 1000) / 1000,
            waitChannel: thread.waitChannel,
            systemCall: thread.systemCall,
            observedMs: Math.round(thread.observedMs),
          },
    missing: [...new Set([...finding.missing, ...missing, ...(newest?.missing ?? [])])].slice(0, maxMissing),
  };
}

/** Newest evidence first, because an incident is read from the top. */
function samplesOf(evidence: readonly WorkerEvidence[], failure: IncidentSample | null): IncidentSample[] {
  const samples = evidence
    .toReversed()
    .flatMap((piece) =>
      piece.samples.map(({ own: _own, called: _called, awaited: _awaited, task: _task, ...sample }) => sample),
    );
  return (failure === null ? samples : [failure, ...samples]).slice(0, maxSamples);
}

function failureSample(failure: NonNullable<Case['failure']>): IncidentSample | null {
  if (failure.frames.length === 0) return null;
  return { kind: 'cpu', takenAt: rfc3339(failure.at.unixMs), count: 1, frames: failure.frames };
}
