import type { IncidentEvent } from '@streamgauge/monitor';
import type { FaultPlan } from './fault.ts';
import type { FlowRow } from './flow.ts';

/** Tells what happens in the demo; one implementation for programs, one for people. */
export interface Reporter {
  started(start: DemoStart): void;
  /** Called about twice a second. */
  flow(rows: readonly FlowRow[], elapsedMs: number): void;
  faultInjected(plan: FaultPlan): void;
  incident(event: IncidentEvent): void;
  faultLifted(plan: FaultPlan): void;
  finished(end: DemoEnd): void;
}

/** What runs. */
export interface DemoStart {
  /** Address of the monitor. */
  readonly url: string;
  readonly job: string;
  readonly worker: string;
  /** Process id of the worker. */
  readonly pid: number;
}

/** How it went. */
export interface DemoEnd {
  readonly ok: boolean;
  /** Why it is not ok, or what was seen. */
  readonly reason: string;
  readonly elapsedMs: number;
}
