import type { JsonObject } from '@streamgauge/proto';
import type { Settings } from '../config.ts';
import type { MainFacts } from '../main-thread/main-facts.ts';
import type { ThreadLook } from '../sample/thread-state.ts';
import type { EpochClock } from '../thread/epoch-clock.ts';
import type { LiveSettings } from '../thread/live-settings.ts';
import type { DropFacts, LoopFacts } from '../thread/report.ts';
import type { ThreadGraph } from '../thread/worker-threads.ts';

/** One part of what a worker tells about itself. */
export interface Section {
  /** Never given a second meaning. */
  readonly name: string;
  /** Rises when a key of the body changes its meaning or goes; keys that are new do not raise it. */
  readonly version: number;
  /** What only the main thread can tell of it; undefined: nothing. */
  readonly ofMain?: string;
  /** Bounded, whatever the program does. */
  body(facts: StatusFacts): JsonObject;
}

/** A worker thread as it is now. */
export interface ThreadFacts {
  /** Number of the runtime; 0: the main thread. */
  readonly thread: number;
  /** Number of the operating system; 0: not known. */
  readonly systemThread: number;
  readonly silentMs: number;
  /** 0: its event loop turns. */
  readonly blockedMs: number;
  /** Id of the operator whose code it runs; 0: none, or not known. */
  readonly runningOperator: number;
}

/** Everything that sections are made of, at one moment. */
export interface StatusFacts {
  readonly unixMs: number;
  /** Of the clock by which ages are told. */
  readonly monotonicMs: number;
  readonly pid: number;
  readonly agentVersion: string;
  readonly settings: Settings;
  readonly live: LiveSettings;
  readonly loop: LoopFacts;
  readonly drops: DropFacts;
  readonly outbox: { readonly size: number; readonly bytes: number };
  readonly epochs: EpochClock;
  /** The graph of the main thread first. */
  readonly graphs: readonly ThreadGraph[];
  readonly workerThreads: readonly ThreadFacts[];
  /** This thread, by its number in the operating system; 0: not known. */
  readonly agentThread: number;
  /** Looks at a thread through the operating system; undefined where it does not tell. */
  readonly lookAtThread: (systemThread: number) => ThreadLook | undefined;
  /** Undefined: the main thread was not asked, or has not answered. */
  readonly main: MainFacts | undefined;
}

/** Milliseconds to the microsecond: what is behind that is noise, and would be most of the text. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
