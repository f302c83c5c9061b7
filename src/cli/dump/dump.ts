import type { PlainStack } from '@streamgauge/agent/external';
import type { MainThreadState } from '../target/main-thread.ts';

/** What a process does at one moment, as `dump` tells it. No arguments, no values of variables, no credentials. */
export interface Dump {
  /** Null when a monitor was asked. */
  readonly process: ProcessFacts | null;
  /** Null: it has no agent. */
  readonly agent: { readonly job: string; readonly worker: string } | null;
  readonly loop: LoopState;
  /** Null where the system does not tell. */
  readonly thread: MainThreadState | null;
  readonly memory: MemoryFacts | null;
  /** What the main thread executes; empty when it waits for events. */
  readonly running: readonly PlainStack[];
  /** What asynchronous functions wait for, innermost first. */
  readonly awaits: readonly PlainStack[];
  readonly operators: readonly OperatorFacts[];
  readonly resources: readonly string[];
  /** Connections and pools, one line each; only a monitor tells them. */
  readonly holdings: readonly string[];
  /** Why something is absent. */
  readonly missing: readonly string[];
}

/**
 * turning: it came round while it was looked at. blocked: JavaScript holds it. native: it does not answer, so it is in native
 * code. unknown: was not asked.
 */
export type LoopState = 'turning' | 'blocked' | 'native' | 'unknown';

export interface ProcessFacts {
  readonly pid: number;
  /** Empty when the process did not answer. */
  readonly runtime: string;
  readonly script: string;
  readonly uptimeSeconds: number;
}

/** Bytes. */
export interface MemoryFacts {
  readonly resident: number;
  /** 0: not told. */
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
}

export interface OperatorFacts {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  /** Its code is what the main thread runs. */
  readonly running: boolean;
  readonly completed: number;
  readonly inFlight: number;
  readonly unit: string;
}
