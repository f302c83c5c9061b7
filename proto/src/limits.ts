/**
 * Every finite limit of the protocol, in one place. PROTOCOL.md carries this table; a test compares the two.
 *
 * Lengths of text are counted in characters (Unicode code points). A sender keeps them; a receiver never relies on that.
 */
export const LIMITS = {
  /** Bytes of the first frame of a connection, which is read before anything is known about the peer. */
  HELLO_FRAME_BYTES: 65_536,
  /** Bytes of any later frame, in either direction and either form. */
  FRAME_BYTES: 1_048_576,
  /** Levels of arrays and objects in a JSON frame. The deepest message of version 1 has ten. */
  JSON_DEPTH: 32,
  /** Operators in one report: a full board of 1024, and as many that ended since the last report. */
  OPERATORS_PER_REPORT: 2048,
  /** Edges in one report: a full board of 2048, and as many that ended since the last report. */
  EDGES_PER_REPORT: 4096,
  /** Ports in one report. */
  PORTS_PER_REPORT: 2048,
  /** Jobs that operators of one report name; those of further ones count as part of the job of Hello. */
  JOBS_PER_REPORT: 32,
  /** Samples in one evidence; the rest is left out and named in `missing`. */
  SAMPLES_PER_EVIDENCE: 50,
  /** Frames of one stack, innermost first; outer frames are left out. */
  FRAMES_PER_STACK: 50,
  /** Resources in one evidence. */
  RESOURCES_PER_EVIDENCE: 100,
  /** Connections in one evidence. */
  CONNECTIONS_PER_EVIDENCE: 50,
  /** Pools in one evidence. */
  POOLS_PER_EVIDENCE: 20,
  /** Caught errors in one evidence. */
  CAUGHT_ERRORS_PER_EVIDENCE: 10,
  /** Peers in `peer_answers` of one evidence. */
  PEER_ANSWERS_PER_EVIDENCE: 20,
  /** Sentences in `missing` of one evidence. */
  MISSING_PER_EVIDENCE: 50,
  /** Unfinished operators in one Lifecycle. */
  UNFINISHED_PER_LIFECYCLE: 8,
  /** Names of sections in one status request, and sections in one answer. */
  STATUS_SECTIONS: 32,
  /** Levels of lists and objects in the body of a section; what lies deeper is left out. */
  STATUS_DEPTH: 6,
  /** Values in all bodies of one status answer, lists and objects among them; the rest is left out. */
  STATUS_VALUES: 20_000,
  /** Sentences in `missing` of one status answer. */
  MISSING_PER_STATUS: 50,
  /** Capabilities in one Hello. */
  CAPABILITIES: 32,
  /** Disabled features in one Settings. */
  DISABLED_FEATURES: 32,
  /** Tasks in one Heartbeat. */
  TASKS_PER_HEARTBEAT: 256,
  /** Transitions in one TaskResult; those in the middle are left out. */
  TRANSITIONS_PER_TASK: 32,
  /** Topic offsets in one Welcome or Acknowledgement. */
  OFFSETS: 32,
  /** Characters of `worker` and `job` in Hello. Longer ones are refused, not cut: two cut names could become the same. */
  IDENTITY_CHARACTERS: 200,
  /** Characters of `session`, `request_id` and of one capability. */
  TOKEN_CHARACTERS: 100,
  /** Characters of the name of an operator, a function, an error class, a host or a version. */
  NAME_CHARACTERS: 200,
  /** Characters of a file path or URL. The front is cut, because the end tells more. */
  FILE_CHARACTERS: 1000,
  /** Characters of a sentence: error message, reason, resource, entry of `missing`. */
  SENTENCE_CHARACTERS: 1000,
  /** Milliseconds: the shortest pause between two reports or two epochs that a monitor may ask for. */
  INTERVAL_MILLIS_MIN: 100,
  /** Milliseconds: the longest pause between two reports or two epochs that a monitor may ask for. */
  INTERVAL_MILLIS_MAX: 3_600_000,
  /** Milliseconds: the longest processor sample a monitor may ask for. */
  SAMPLE_DURATION_MILLIS: 30_000,
  /** Milliseconds: how long the monitor waits for Hello after the connection is open. */
  HELLO_DEADLINE_MILLIS: 2000,
  /** Milliseconds: how long the worker waits for Welcome or Refusal after it sent Hello. */
  WELCOME_DEADLINE_MILLIS: 5000,
} as const;
