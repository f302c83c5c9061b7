/**
 * Layout of the progress board: the shared memory through which the main thread shows its progress to the agent thread.
 *
 * The main thread writes and the agent thread reads, but for the cells that say otherwise. Every cell is a plain number that
 * means something alone, so no locks are needed: a reader that comes between two writes sees one cell older than the other.
 */

/** Cells of the control array (Int32Array). */
export const Control = {
  /** Set to 1 by the agent thread at each pulse, and back to 0 by the main thread, which looks at each completion. */
  PULSE: 0,
  /** Number of the newest marker round, written by the agent thread. */
  EPOCH: 1,
  /** Operator id whose user code the main thread runs now, 0 when none or not tracked (written by the main thread). */
  RUNNING_OPERATOR: 2,
  /** Set to 1 by either thread when the agent is switched off; the other follows at its next beat or pulse. */
  STOP: 3,
  /** Set to 1 by the main thread when the process exits, to 2 by the agent thread when everything is sent. */
  EXIT: 4,
  /** Operators and edges that found no free slot. */
  OPERATORS_DROPPED: 5,
  /** Faults of the agent that it survived, counted by both threads. */
  AGENT_ERRORS: 6,
  /** 1 after the event loop of the main thread has turned once: before that, module loading is no blocked loop. */
  LOOP_STARTED: 7,
  /** 1, set by the agent thread, while it has to hear of the exit: it is connected, or looks at the main thread. */
  FAREWELL: 8,
  /** How many operators wait to learn who takes their records (written by the main thread, for itself). */
  CONSUMERS: 9,
  /** 1, set by the agent thread, once it reads the board of a worker thread. The main thread's is read from the beginning. */
  WELCOME: 10,
  /**
   * The long synchronous call of the runtime that the thread is inside of, and the number of its stack: see native-call/; 0: none
   * (written by the thread).
   */
  NATIVE_CALL: 11,
  /** Tasks that the thread has not told of, for want of room. */
  TASKS_DROPPED: 12,
  LENGTH: 16,
} as const;

/** Cells of the clock array (Float64Array), milliseconds of the process-wide monotonic clock. */
export const Clock = {
  /** Last pulse, written by the agent thread: a clock that the main thread can read without a system call. */
  NOW_MS: 0,
  /** Last sign of life of the main thread: its timer ran, or it noticed a pulse while completing records. */
  BEAT_MS: 1,
  /** Largest delay of the main thread's timer; the reader resets it to 0. */
  DELAY_MAX_MS: 2,
  /** Bytes on the heap of the main thread, a second ago or less; and its limit. 0: not looked at (both written by the main thread). */
  HEAP_USED: 3,
  HEAP_LIMIT: 4,
  LENGTH: 8,
} as const;

/** Cells of one operator's slot (Float64Array). */
export const OperatorCell = {
  /** Operator id that owns the slot; 0: free. Written last when a slot is taken, first when it is freed. */
  ID: 0,
  COMPLETED: 1,
  /** -1: cannot be counted. */
  EMITTED: 2,
  IN_FLIGHT: 3,
  /** A value of OperatorState. */
  STATE: 4,
  /** Last epoch passed; Infinity: input finished. */
  PASSED_EPOCH: 5,
  /** Monotonic milliseconds at which PASSED_EPOCH was passed. */
  PASSED_AT_MS: 6,
  /** 1: it has output, and nobody is attached to read it. */
  UNREAD: 7,
  /** Monotonic milliseconds at which the oldest record in flight began; 0: none, or not known. */
  OLDEST_AT_MS: 8,
  /** Work that waits outside of the worker; -1: not known. */
  PENDING: 9,
  /** Attempts that have failed. */
  FAILURES: 10,
  /** Monotonic milliseconds since which the connection that the operator needs is away; 0: it is there or not watched. */
  DISCONNECTED_AT_MS: 11,
  /** Tells the oldest record in flight from those before and after it; only where OLDEST_AT_MS is not 0. */
  OLDEST_NUMBER: 12,
  STRIDE: 13,
} as const;

/** Cells of one edge's slot (Float64Array). */
export const EdgeCell = {
  ID: 0,
  QUEUED: 1,
  /** Last epoch that the target has passed on this edge; Infinity: closed. */
  PASSED_EPOCH: 2,
  CLOSED: 3,
  STRIDE: 4,
} as const;

/**
 * Cells of one port's slot (Float64Array).
 *
 * A position is two numbers, and the new half of one with the old half of another would be a place that nothing has reached:
 * so there are two places for them, and a turn (Int32Array, one per port) that says which one holds, written last and atomically.
 */
export const PortCell = {
  ID: 0,
  MESSAGES: 1,
  UNPOSITIONED: 2,
  /** First of the two places. */
  PLACES: 3,
  /** Cells of one place: PlaceCell. */
  PLACE_LENGTH: 4,
  STRIDE: 12,
} as const;

/** Cells of one place of a port; -1: not known. */
export const PlaceCell = { MAJOR: 0, MINOR: 1, HEAD_MAJOR: 2, HEAD_MINOR: 3 } as const;

/** Values of OperatorCell.STATE; the same numbers as OperatorState in the protocol. */
export const OperatorState = { IDLE: 1, BUSY: 2, BACKPRESSURED: 3, PAUSED: 4, ENDED: 5 } as const;
export type OperatorState = (typeof OperatorState)[keyof typeof OperatorState];

/** How many operators and edges a worker tracks at once; the rest is counted in OPERATORS_DROPPED. */
export const MAX_OPERATORS = 1024;
export const MAX_EDGES = 2048;
/** How many ports a worker tracks at once; the rest is counted in OPERATORS_DROPPED. */
export const MAX_PORTS = 1024;
