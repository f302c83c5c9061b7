import type { Finding } from '../detect/finding.ts';
import type { FrameLocation } from '../incident/incident.ts';
import type { WorkerEvidence } from '../model/evidence.ts';
import type { LoopSnapshot, OperatorSnapshot } from '../model/snapshot.ts';
import type { WorkerFailure } from '../model/worker-failure.ts';

/** Everything a classifier may look at: what was found, and the evidence collected so far. */
export interface Case {
  readonly finding: Finding;
  /** Newest snapshot of the operator of the finding; null when it is unknown or the finding is about the whole worker. */
  readonly operator: OperatorSnapshot | null;
  readonly loop: LoopSnapshot | null;
  /** Oldest first. */
  readonly evidence: readonly WorkerEvidence[];
  /** The error behind a finding of rule failure, else null. */
  readonly failure: WorkerFailure | null;
}

/** What a classifier decides. */
export interface Classification {
  /** Who must act: user, system, resource, dependency, unknown; a plugin may add its own. */
  readonly category: string;
  /** How it is stuck, such as loop-blocked or await-pending; a plugin may add its own. */
  readonly mechanism: string;
  /** 0 to 1. 0.9 and above only where the evidence leaves no other mechanism; unknown is at most 0.3. */
  readonly confidence: number;
  /** The line a person should open first. */
  readonly location: FrameLocation | null;
  /** What the decision rests on, one sentence each. */
  readonly reasons: readonly string[];
}

/** A classification with the name of the classifier that decided. */
export interface NamedClassification extends Classification {
  readonly classifier: string;
  /** What plugins have said beside it, by declared keys; absent: nothing. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A rule of the chain. Gives undefined when it has nothing to say, and the next one is asked. */
export interface BuiltInClassifier {
  readonly name: string;
  classify(subject: Case): Classification | undefined;
}

/** What a plugin may add to an incident beside a decision, or without one. */
export interface Labelled {
  /** By keys that the plugin has declared; others are left out. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a plugin answers: a decision, labels, or both. */
export type ClassifierAnswer = (Classification & Labelled) | Labelled;

/** A classifier given by the operator of the monitor; asked before the built-in ones, and may take its time within limits. */
export interface Classifier {
  /** Unique among the classifiers of a monitor; appears in incidents, logs and counters. */
  readonly name: string;
  /** Keys of the labels it may give. No other classifier may declare the same. Default none. */
  readonly outputKeys?: readonly string[] | undefined;
  classify(subject: Case): ClassifierAnswer | undefined | Promise<ClassifierAnswer | undefined>;
}
