import { unknownCause } from '../classify/rules/unknown.ts';
import type { Assessment } from '../detect/assess.ts';
import type { Finding, RuleName } from '../detect/finding.ts';
import { rfc3339 } from '../model/evidence.ts';
import type { Moment } from '../model/worker-window.ts';
import { dedupKey } from './dedup-key.ts';
import type { Description } from './describe.ts';
import type { Incident, IncidentEvent } from './incident.ts';

/** How an incident goes on; milliseconds. */
export interface BookLimits {
  /** How long a verdict must stay away before its incident is resolved. */
  readonly resolveAfterMs: number;
  /** Least pause between two updates of one incident. */
  readonly updatePauseMs: number;
  /** Incidents open at the same time; more are counted and not opened. */
  readonly maxOpen: number;
}

/** One open incident and what the next round needs to know of it. */
interface Tracked {
  incident: Incident;
  /** The newest finding behind it; null when it was taken back from an earlier run and not seen since. */
  finding: Finding | null;
  /** For how long its verdict has been away. */
  awayMs: number;
  toldAtMs: number;
  /** What was told last, so that only news is told. */
  told: Incident;
}

/** What one round over a worker has changed. */
export interface Round {
  /** In the order in which they happened. */
  readonly events: IncidentEvent[];
  /** Findings behind the incidents that were resolved. */
  readonly ended: Finding[];
}

/**
 * The open incidents: one per continuous standstill. Opens when a rule first finds it, updates when something a person would
 * want to know has changed, and resolves once the verdict has stayed away. No clock and no I/O: the caller brings the time
 * and carries the events on.
 */
export class IncidentBook {
  readonly #byWorker = new Map<string, Map<string, Tracked>>();
  readonly #limits: BookLimits;
  readonly #newId: () => string;
  #open = 0;
  #refused = 0;

  constructor(limits: BookLimits, newId: () => string) {
    this.#limits = limits;
    this.#newId = newId;
  }

  /** Incidents that were not opened because maxOpen was reached. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes back incidents of an earlier run of the monitor. Each stays open until its worker has reported. */
  restore(incidents: readonly Incident[]): void {
    for (const incident of incidents) {
      if (incident.state !== 'open') continue;
      const tracked = {
        incident,
        finding: null,
        awayMs: 0,
        toldAtMs: Number.NEGATIVE_INFINITY,
        told: incident,
      };
      this.#put(incident.worker, incident.dedupKey, tracked);
    }
  }

  open(): Incident[] {
    return [...this.#byWorker.values()].flatMap((incidents) => [...incidents.values()].map(({ incident }) => incident));
  }

  /** Names of the workers that have open incidents. */
  workers(): string[] {
    return [...this.#byWorker.keys()];
  }

  /** Whether a worker has open incidents. */
  tracks(worker: string): boolean {
    return this.#byWorker.has(worker);
  }

  /** Findings behind the open incidents of a worker. */
  findings(worker: string): Finding[] {
    return [...(this.#byWorker.get(worker)?.values() ?? [])].flatMap(({ finding }) => finding ?? []);
  }

  /** Whether an open incident belongs to the finding. */
  has(finding: Finding): boolean {
    return this.#match(finding) !== undefined;
  }

  /**
   * Brings the incidents of one worker in line with what detection says now; gives what happened, in order. elapsedMs is how
   * much of the time since the last round counts towards resolving: at most one check interval, 0 between two checks.
   */
  reconcile(
    worker: string,
    assessment: Pick<Assessment, 'findings' | 'undecided'>,
    describe: (finding: Finding) => Description,
    now: Moment,
    elapsedMs: number,
  ): Round {
    const events: IncidentEvent[] = [];
    const ended: Finding[] = [];
    const present = new Set<string>();
    for (const finding of assessment.findings) {
      const key = this.#match(finding);
      if (key !== undefined) {
        present.add(key);
        const event = this.#goOn(worker, key, finding, describe, now);
        if (event !== undefined) events.push(event);
      } else if (finding.stage === 'found') {
        const event = this.#begin(finding, describe, now);
        if (event === undefined) continue;
        present.add(event.incident.dedupKey);
        events.push(event);
      }
    }
    for (const [key, tracked] of this.#byWorker.get(worker) ?? []) {
      if (present.has(key) || assessment.undecided.has(tracked.incident.rule as RuleName)) continue;
      tracked.awayMs += elapsedMs;
      if (tracked.awayMs < this.#limits.resolveAfterMs) continue;
      events.push(this.#end(worker, key, tracked, now));
      if (tracked.finding !== null) ended.push(tracked.finding);
    }
    return { events, ended };
  }

  /**
   * Tells what has become known of a loop that the operator had blocked and that turns again, while its incident is still open: the frames of
   * a native call come when it returns, and may come after the report that it has. It does not keep the incident open. operatorId 0: it is not
   * known whose code it was.
   */
  explain(
    { worker, operatorId }: Pick<Finding, 'worker' | 'operatorId'>,
    describe: (finding: Finding) => Description,
    now: Moment,
  ): IncidentEvent[] {
    return [...(this.#byWorker.get(worker)?.values() ?? [])].flatMap((tracked) => {
      const { finding } = tracked;
      if (finding?.rule !== 'loop-blocked' || ![finding.operatorId, 0].includes(operatorId)) return [];
      return this.#tell(tracked, finding, describe, now) ?? [];
    });
  }

  #begin(finding: Finding, describe: (finding: Finding) => Description, now: Moment): IncidentEvent | undefined {
    if (this.#open >= this.#limits.maxOpen) {
      this.#refused += 1;
      return undefined;
    }
    const openedUnixMs = now.unixMs;
    const sinceUnixMs = Math.min(finding.sinceUnixMs, openedUnixMs);
    const incident: Incident = {
      ...describe(finding),
      id: this.#newId(),
      state: 'open',
      lastProgressAt: rfc3339(sinceUnixMs),
      suspectedAt: rfc3339(Math.min(sinceUnixMs + finding.thresholdMs / 2, openedUnixMs)),
      openedAt: rfc3339(openedUnixMs),
      resolvedAt: null,
      dedupKey: dedupKey(finding),
    };
    this.#put(finding.worker, incident.dedupKey, {
      incident,
      finding,
      awayMs: 0,
      toldAtMs: now.monotonicMs,
      told: incident,
    });
    return { event: 'incident.opened', incident };
  }

  #goOn(
    worker: string,
    key: string,
    finding: Finding,
    describe: (finding: Finding) => Description,
    now: Moment,
  ): IncidentEvent | undefined {
    const tracked = this.#byWorker.get(worker)?.get(key);
    if (tracked === undefined) return undefined;
    tracked.awayMs = 0;
    tracked.finding = keepOperator(finding, tracked);
    return this.#tell(tracked, tracked.finding, describe, now);
  }

  #tell(
    tracked: Tracked,
    finding: Finding,
    describe: (finding: Finding) => Description,
    now: Moment,
  ): IncidentEvent | undefined {
    const incident = { ...tracked.incident, ...keepEvidence(describe(finding), tracked.incident) };
    tracked.incident = incident;
    if (signatureOf(incident) === signatureOf(tracked.told)) return undefined;
    const rested = now.monotonicMs - tracked.toldAtMs >= this.#limits.updatePauseMs;
    if (!rested && !saysMore(incident, tracked.told)) return undefined;
    tracked.told = incident;
    tracked.toldAtMs = now.monotonicMs;
    return { event: 'incident.updated', incident };
  }

  #end(worker: string, key: string, tracked: Tracked, now: Moment): IncidentEvent {
    const incidents = this.#byWorker.get(worker);
    incidents?.delete(key);
    this.#open -= 1;
    if (incidents?.size === 0) this.#byWorker.delete(worker);
    // Somebody may have set the time of day back since.
    const resolvedUnixMs = Math.max(now.unixMs, Date.parse(tracked.incident.openedAt));
    const incident: Incident = { ...tracked.incident, state: 'resolved', resolvedAt: rfc3339(resolvedUnixMs) };
    return { event: 'incident.resolved', incident };
  }

  /**
   * Key of the open incident that the finding continues. A blocked loop may be found before its operator is known: then the
   * one known operator is taken for the other's. What is left undone at the end of a worker may have stood before.
   */
  #match(finding: Finding): string | undefined {
    const incidents = this.#byWorker.get(finding.worker);
    if (incidents === undefined) return undefined;
    if (finding.rule !== 'loop-blocked' && finding.rule !== 'failure') {
      const rules = finding.rule === 'left-undone' ? whileItRan : [];
      const keys = [finding, ...rules.map((rule) => ({ ...finding, rule }))].map(dedupKey);
      return keys.find((key) => incidents.has(key));
    }
    for (const [key, tracked] of incidents) {
      const { rule, operator } = tracked.incident;
      if (rule !== finding.rule) continue;
      const same = operator === '' || finding.operator === '' || operator === finding.operator;
      if (same || finding.rule === 'failure' || isOneBlock(finding, tracked)) return key;
    }
    return undefined;
  }

  #put(worker: string, key: string, tracked: Tracked): void {
    let incidents = this.#byWorker.get(worker);
    if (incidents === undefined) {
      incidents = new Map();
      this.#byWorker.set(worker, incidents);
    }
    if (!incidents.has(key)) this.#open += 1;
    incidents.set(key, tracked);
  }
}

/** Rules that find the same of a worker that runs. */
const whileItRan: readonly RuleName[] = ['operator-stalled', 'nobody-reads'];

/** What two reports may differ in when they tell since when the loop is blocked. */
const sinceToleranceMs = 100;

/**
 * Whether the loop has not turned since the incident's finding. Then it is the same block, even when its code has moved on
 * into another operator on the way back: the first one is to blame.
 */
function isOneBlock({ rule, sinceMonotonicMs }: Finding, { finding: before }: Tracked): boolean {
  const sinceMs = before?.sinceMonotonicMs;
  if (rule !== 'loop-blocked' || sinceMs === undefined || sinceMonotonicMs === undefined) return false;
  return sinceMonotonicMs <= sinceMs + sinceToleranceMs;
}

/** Once the operator behind a blocked loop is known, a report that names none, or a later one, takes nothing back. */
function keepOperator(finding: Finding, tracked: Tracked): Finding {
  const { operator } = tracked.incident;
  const told = finding.operator === operator || (finding.operator !== '' && !isOneBlock(finding, tracked));
  if (told || operator === '') return finding;
  const { operatorId = 0, ordinal = 0, job = tracked.incident.job } = tracked.finding ?? {};
  return { ...finding, job, operator, operatorId, ordinal };
}

/** A description that knows nothing does not wipe out what an earlier one, perhaps of an earlier run, had found. */
function keepEvidence(description: Description, before: Incident): Description {
  const nothingNew = description.evidence.samples.length === 0 && description.classifier === unknownCause.name;
  if (!nothingNew || before.classifier === unknownCause.name) return description;
  const { mechanism, category, confidence, classifier, reasons, labels, help, evidence, summary } = before;
  return { ...description, mechanism, category, confidence, classifier, reasons, labels, help, evidence, summary };
}

/** News that nobody should wait for: the cause or the line is known at last. */
function saysMore(now: Incident, told: Incident): boolean {
  const causeFound = told.classifier === unknownCause.name && now.classifier !== unknownCause.name;
  return causeFound || (told.evidence.location === null && now.evidence.location !== null);
}

/** What makes an update worth telling: everything but ages and counters. */
function signatureOf(incident: Incident): string {
  const { evidence } = incident;
  return JSON.stringify([
    incident.mechanism,
    incident.category,
    incident.confidence,
    incident.severity,
    incident.operator,
    incident.jobs,
    incident.victims,
    incident.classifier,
    incident.reasons,
    incident.labels,
    evidence.location,
    evidence.samples.map((sample) => [sample.kind, sample.takenAt, sample.count]),
    evidence.resources,
    evidence.missing,
  ]);
}
