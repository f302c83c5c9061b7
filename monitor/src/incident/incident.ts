import type { ConnectionFacts, PoolFacts } from '../model/holdings.ts';

/** The incident as the HTTP interface, the listeners and the store see it (contract: names are fixed). */
export interface Incident {
  readonly id: string;
  readonly type: IncidentType;
  /** Open set: a plugin may add its own. */
  readonly mechanism: string;
  /** Open set: user, system, resource, dependency, unknown. */
  readonly category: string;
  /** 0 to 1: how sure the classifier is. */
  readonly confidence: number;
  readonly state: 'open' | 'resolved';
  readonly severity: 'warning' | 'error' | 'critical';
  /** That of the operator; of what concerns a whole worker its own. */
  readonly job: string;
  /** Every job that stands because of it, `job` first. */
  readonly jobs: readonly string[];
  readonly worker: string;
  /** Empty when the incident is about the whole worker. */
  readonly operator: string;
  readonly victims: readonly OperatorReference[];
  /** One sentence a person can act on. */
  readonly summary: string;
  /** What to do next. */
  readonly help: string;
  /** Id of the detection rule. */
  readonly rule: string;
  /** Name of the classifier that decided; empty until one did. */
  readonly classifier: string;
  readonly reasons: readonly string[];
  /** What classifiers of the operator's have added, by the keys they declare; empty by default. */
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly lastProgressAt: string;
  readonly suspectedAt: string;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly dedupKey: string;
  readonly evidence: IncidentEvidence;
}

export type IncidentType = 'stall' | 'backpressure' | 'worker-lost' | 'failure' | 'state-change' | 'progress';

export interface OperatorReference {
  readonly worker: string;
  readonly operator: string;
}

export interface IncidentEvidence {
  /** The line a person should open first; null when no line is known. */
  readonly location: FrameLocation | null;
  readonly samples: readonly IncidentSample[];
  readonly resources: readonly string[];
  /** What is known of connections that the worker has asked for, and of what lends them; empty when the worker does not tell. */
  readonly connections: readonly ConnectionFacts[];
  readonly pools: readonly PoolFacts[];
  readonly loop: Readonly<Record<string, number | string | boolean>>;
  readonly gc: Readonly<Record<string, number | string | boolean>>;
  readonly cpu: Readonly<Record<string, number | string | boolean>>;
  /** Why something is absent. */
  readonly missing: readonly string[];
}

export interface FrameLocation {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface IncidentFrame extends FrameLocation {
  readonly origin: 'user' | 'dependency' | 'node' | 'agent' | 'native';
}

export interface IncidentSample {
  readonly kind: 'cpu' | 'await';
  readonly takenAt: string;
  readonly count: number;
  readonly frames: readonly IncidentFrame[];
  /** What it waited for came a moment later. */
  readonly settled?: true;
  /** No such stack was seen: by its source, the operator's function can be suspended nowhere else. */
  readonly deduced?: true;
  /** Number of the outermost frame whose awaited promise came as well, counted from 1 at the innermost: the function that goes round. */
  readonly turningFrame?: number;
}

/** What happened to an incident; also the `event` of a `--json` line and the topic of listeners. */
export type IncidentEventName = 'incident.opened' | 'incident.updated' | 'incident.resolved';

export interface IncidentEvent {
  readonly event: IncidentEventName;
  readonly incident: Incident;
}

export interface IncidentFilter {
  readonly job?: string | undefined;
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly operator?: string | undefined;
}
