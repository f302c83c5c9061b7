import type { FromThread, ToThread } from './messages.ts';

/** What differs between a worker process and a test. */
export interface AgentEnvironment {
  readonly pid: number;
  readonly agentVersion: string;
  /** Folder of this package's code, with a separator at its end. */
  readonly agentFolder: string;
  /** Asks the main thread. */
  readonly toMain: (message: FromThread) => void;
  /** Ends the process as a signal from outside does. */
  readonly exit: () => void;
}

/** The agent thread's work. */
export interface ThreadAgent {
  /**
   * Everything that is done again and again. Returns the pause until it is to be done next, milliseconds; undefined: nothing is to be
   * done any more, and the thread may end. Never throws.
   */
  pulse(): number | undefined;
  receive(message: ToThread): void;
  /** A fault nobody caught. */
  fault(error: unknown): void;
}
