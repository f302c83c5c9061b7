import type { OwnedLocation } from './code-owner.ts';
import type { EdgeRow, EdgeTable } from './edge-row.ts';
import type { OperatorRow } from './operator-row.ts';
import type { OperatorTable } from './operator-table.ts';

/**
 * The domain's own form of a report: plain numbers, durations in milliseconds, 64-bit integers converted once. Counters above
 * 2^53 lose their last digits, which no rule depends on.
 */
export interface WorkerSnapshot {
  readonly sequence: number;
  /** Worker's own monotonic clock; only differences between two snapshots of one session mean something. */
  readonly monotonicMs: number;
  /** The worker's time of day when the report was sent; comparable with that of its host alone. 0: not told. */
  readonly sentUnixMs: number;
  /** Declared pause until the next report; never 0. */
  readonly intervalMs: number;
  /** The newest epoch that the worker's clock has begun. */
  readonly epoch: number;
  readonly operators: readonly OperatorRow[];
  readonly operatorsById: OperatorTable;
  /** Jobs that its operators name, beside the worker's own. */
  readonly jobs: readonly string[];
  readonly edges: readonly EdgeRow[];
  readonly edgeTable: EdgeTable;
  readonly ports: readonly PortSnapshot[];
  readonly loop: LoopSnapshot | null;
  readonly drops: DropsSnapshot;
  /** Operators of the report that did not fit into the monitor's limits. */
  readonly operatorsOmitted: number;
}

export type OperatorState = 'idle' | 'busy' | 'backpressured' | 'paused' | 'ended' | 'unknown';
/** Step of a consumer or producer of a message broker. */
export type Leg = 'fetch' | 'deliver' | 'handle' | 'commit' | 'produce';
export type OperatorKind = 'source' | 'transform' | 'sink' | 'function' | 'unknown';

/** One operator at the moment of a report. Field meanings are those of the protocol. */
export interface OperatorSnapshot {
  readonly id: number;
  /** Hostile text, for display only. Names repeat; `ordinal` tells them apart. */
  readonly name: string;
  /** 0 for the first operator of that name in the worker, by id; 1 for the second. */
  readonly ordinal: number;
  readonly kind: OperatorKind;
  readonly unit: 'records' | 'bytes' | 'unknown';
  readonly location: OwnedLocation | null;
  readonly completed: number;
  readonly emitted: number | null;
  readonly inFlight: number;
  readonly state: OperatorState;
  readonly timesMs: StateTimesMs;
  /** Infinity: it has finished its input. */
  readonly passedEpoch: number;
  /** 0: no marker waits in front of it. */
  readonly markerAgeMs: number;
  readonly markerDelayMs: number | null;
  /** Busy without a completion for this long, as the agent's own clock counted it. */
  readonly heldMs: number;
  readonly progressAgeMs: number;
  readonly unread: boolean;
  /** Age of the oldest record in flight. 0: none, or not known. */
  readonly oldestMs: number;
  /** How long that record has been the oldest. null: not told. */
  readonly oldestForMs: number | null;
  /** What a person knows that record by; hostile text. Empty: not told. */
  readonly oldestKey: string;
  /** What holds a paused operator; hostile text. Empty: not told. */
  readonly pauseReason: string;
  /** Work that waits for the operator outside of the worker. null: not known. */
  readonly pending: number | null;
  /** Attempts that have failed since the operator was adopted. */
  readonly failures: number;
  /** What failed last; hostile text. Empty: nothing, or not told. */
  readonly lastFailure: string;
  /** How long the connection it needs has been away. 0: it is there, or is not watched. */
  readonly disconnectedMs: number;
  /** Its client library has given it up for good, and does not try again. */
  readonly givenUp: boolean;
  /** With that: to ask again is left to the program. */
  readonly leftToProgram: boolean;
  /** null: no part of a consumer or producer, or not known. */
  readonly leg: Leg | null;
  /** Number of the thread that runs it. 0: the main thread. */
  readonly thread: number;
  /** Dataflow that it belongs to: its own word, or the worker's. Hostile text. */
  readonly job: string;
}

/** Time in each state since the operator was adopted. */
export interface StateTimesMs {
  readonly idle: number;
  readonly busy: number;
  readonly backpressured: number;
  readonly paused: number;
}

/** The FIFO between two operators. */
export interface EdgeSnapshot {
  readonly id: number;
  readonly sourceId: number;
  readonly targetId: number;
  readonly queued: number;
  /** null: unknown. */
  readonly capacity: number | null;
  readonly back: boolean;
  readonly closed: boolean;
  readonly passedEpoch: number;
  /** none: no marker crosses it, code that is not followed lies in between. */
  readonly position: 'count' | 'none';
}

/** Where an operator gives messages to a channel of a broker, or takes them from one. */
export interface PortSnapshot {
  readonly id: number;
  readonly operatorId: number;
  /** That of the operator: channels join operators of one job. */
  readonly job: string;
  readonly direction: 'out' | 'in';
  /** Kind of broker; hostile text like the two names that follow. */
  readonly system: string;
  readonly channel: string;
  /** Empty: the channel has one order. */
  readonly partition: string;
  /** The newest that was given or taken. null: none yet. */
  readonly position: ChannelPosition | null;
  /** The newest that the channel is known to hold. null: not known. */
  readonly head: ChannelPosition | null;
  readonly messages: number;
  readonly unpositioned: number;
}

/** A place in the order of one partition of a channel: by major, then by minor. */
export interface ChannelPosition {
  readonly major: number;
  readonly minor: number;
}

/** The event loop of the worker's main thread, seen from its agent thread. */
export interface LoopSnapshot {
  readonly silentMs: number;
  /** 0: not blocked. */
  readonly blockedMs: number;
  /** 0: none, or not known. */
  readonly runningOperatorId: number;
  readonly delayMaxMs: number;
  /** null: not known on that system. */
  readonly cpuMs: number | null;
  readonly agentGapMs: number;
  /** A debugger has paused the main thread. */
  readonly debuggerPaused: boolean;
  /** What is on the heap of the main thread, and where the runtime ends the process. 0: not told. */
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
}

/** What the worker lost on purpose, since its session began. */
export interface DropsSnapshot {
  readonly reports: number;
  readonly events: number;
  readonly operators: number;
  readonly agentErrors: number;
  readonly frames: number;
  readonly tasks: number;
  readonly commands: number;
  readonly jobs: number;
}
