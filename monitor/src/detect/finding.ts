import type { IncidentType } from '../incident/incident.ts';
import type { Outlet } from './outlets.ts';

/** Ids of the detection rules; each is one file in `rules`. */
export type RuleName =
  | 'loop-blocked'
  | 'operator-stalled'
  | 'connection-lost'
  | 'nobody-reads'
  | 'record-stuck'
  | 'worker-lost'
  | 'left-undone'
  | 'failure';

/** An operator that waits for the culprit, in the same worker or behind a channel in another one. */
export interface Victim {
  readonly worker: string;
  readonly operatorId: number;
  readonly operator: string;
}

/** What a rule says about one worker or operator: a statement about one moment, without memory. */
export interface Finding {
  readonly rule: RuleName;
  readonly type: IncidentType;
  /** suspected: half of the threshold has passed, time to collect evidence. found: time to open an incident. */
  readonly stage: 'suspected' | 'found';
  readonly job: string;
  readonly worker: string;
  readonly session: string;
  /** 0: the whole worker, or the operator is not known (yet). */
  readonly operatorId: number;
  /** Name of that operator; empty with operatorId 0. */
  readonly operator: string;
  /** Tells operators of the same name apart. */
  readonly ordinal: number;
  /** How long the standstill has lasted when the newest report was sent, milliseconds. */
  readonly heldMs: number;
  /** What heldMs was compared with, milliseconds. */
  readonly thresholdMs: number;
  /** The monitor's time of day at which the standstill began. */
  readonly sinceUnixMs: number;
  /** The same on its monotonic clock, which nobody can set; absent: nothing is compared with it. */
  readonly sinceMonotonicMs?: number;
  readonly severity: 'warning' | 'error' | 'critical';
  /** Operators that wait for this one, nearest first, those of other workers last. */
  readonly victims: readonly Victim[];
  /** Where the operator has put the record that it holds; absent: not known. */
  readonly outlets?: readonly Outlet[];
  /** What the detector could not see, one sentence each. */
  readonly missing: readonly string[];
  /** What else the rule looked at, for people; heldMs and thresholdMs go into the incident as well. */
  readonly facts: Readonly<Record<string, number | string | boolean>>;
}

/** Suspicion begins at half of the threshold, and never below this, milliseconds. */
export const suspicionFloorMs = 300;

/** How far a standstill of heldMs has come. */
export function stageOf(heldMs: number, thresholdMs: number): Finding['stage'] | 'none' {
  if (heldMs >= thresholdMs) return 'found';
  return heldMs >= Math.max(suspicionFloorMs, thresholdMs / 2) ? 'suspected' : 'none';
}
