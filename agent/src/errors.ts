/** Stable codes of everything this package throws. A code is never renamed and never used for a second meaning. */
export const AgentErrorCode = {
  /** One or more settings cannot be used; `faults` names each with its mend. */
  SETTINGS: 'SG_AGENT_SETTINGS',
  /** The agent was asked to start where it cannot: outside the main thread of the process. */
  NOT_MAIN_THREAD: 'SG_AGENT_NOT_MAIN_THREAD',
  /** An operator, a channel or a connection was defined in code in a way that cannot be used; `faults` says how. */
  OPERATOR: 'SG_AGENT_OPERATOR',
  /** A task was told of in a way that cannot be used; `faults` says how. */
  TASK: 'SG_AGENT_TASK',
  /** Something was to be followed that is no client of a library that the agent knows. */
  CLIENT: 'SG_AGENT_CLIENT',
} as const;

/** One of the stable codes. */
export type AgentErrorCode = (typeof AgentErrorCode)[keyof typeof AgentErrorCode];

const BRAND: symbol = Symbol.for('streamgauge.AgentError');

/** The only error that this package throws. Its message is meant for the person who set the agent up. */
export class AgentError extends Error {
  /** Which fault it was; the text may change, the code does not. */
  readonly code: AgentErrorCode;
  /** One sentence per fault, each naming the setting, the fault and the mend. Empty where there is only one fault. */
  readonly faults: readonly string[];

  constructor(code: AgentErrorCode, message: string, faults: readonly string[] = []) {
    super(message);
    this.name = 'AgentError';
    this.code = code;
    this.faults = faults;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an AgentError of any copy of this package in the process; `instanceof` only knows its own copy. */
  static is(value: unknown): value is AgentError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}
