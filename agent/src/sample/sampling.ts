import type { Evidence } from '@streamgauge/proto';
import type { Feature } from '../features.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { NativeCallNow } from '../thread/native-calls.ts';
import type { Suspect } from './blocking-operator.ts';
import type { OpenMainSession } from './main-session.ts';

/** Said where no stack can be had at all. */
export const NO_INSPECTOR = 'stacks: this Node.js has no inspector, or does not allow the agent to use it';

/** How long an event loop that turns has for an answer: one that is alive answers at once, one that is busy may take its time. */
export const LOOP_ANSWER_MS = 1000;
/** How long sources are read for one piece of evidence. */
export const SOURCES_MS = 300;

/** Evidence as it is sent; the fields that say nothing may be left out. */
export type EvidenceInit = Partial<Omit<Evidence, '$typeName' | '$unknown'>>;

/** What the sampler needs to know and to do outside of itself. */
export interface SamplerOptions {
  /** The thread that is looked at, by its number in the operating system; of the main thread that of the process. 0: not known. */
  readonly systemThread: number;
  /** Folder of this package, with a separator at its end. */
  readonly agentFolder: string;
  readonly openSession: OpenMainSession;
  readonly nowMs: () => number;
  readonly unixMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  readonly loop: () => { readonly silentMs: number; readonly blockedMs: number; readonly runningOperator: number };
  /** Processor time that the thread has spent since it gave no sign of life any more, or somewhat less; undefined: not known. */
  readonly spentMs?: () => number | undefined;
  /** Operators that run now, with the place the main thread told for them. */
  readonly suspects: () => readonly Suspect[];
  /** The long synchronous call that the thread is inside of, as far as it is followed. */
  readonly nativeCall?: () => NativeCallNow | undefined;
  /** How long, at most, the longest held record of an operator is held, at the last pulse; 0: none, or not known. */
  readonly heldMs?: (operatorId: number) => number;
  /** The worker thread that runs an operator; 0: the main thread, or not known. */
  readonly threadOf?: (operatorId: number) => number;
  /** Number of the worker thread that is looked at. Default: the main thread is. */
  readonly thread?: number;
  /** The same options for what runs in a worker thread; undefined: it has ended. */
  readonly inThread?: (thread: number) => SamplerOptions | undefined;
  /** The sampler stops the main thread itself for a while, which is no block; and has done so. */
  readonly onStop?: (stopped: boolean) => void;
  /** A debugger has paused the main thread, or has not, as far as the newest look shows. To be told before the evidence is sent. */
  readonly onDebugger?: (paused: boolean) => void;
  /** Whether a feature is switched off now. Default: none is. */
  readonly isOff?: (feature: Feature) => boolean;
  readonly send: (evidence: EvidenceInit) => void;
  /** The place of an operator's code was found out. */
  readonly onLocated: (operatorId: number, location: SourceLocation) => void;
}
