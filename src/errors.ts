/** Codes of the command line's own errors. A code is never used again for something else. */
export type CliErrorCode =
  | 'SG_CLI_USAGE'
  | 'SG_CLI_NODE_VERSION'
  | 'SG_CLI_URL'
  | 'SG_CLI_COMMAND_NOT_FOUND'
  | 'SG_CLI_COMMAND_NOT_EXECUTABLE'
  | 'SG_CLI_DEMO'
  /** The operating system does not tell enough of its processes. */
  | 'SG_CLI_SYSTEM'
  /** There is no such process, or it has ended. */
  | 'SG_CLI_NO_PROCESS'
  /** The process is not Node.js, or a version that the agent does not support. */
  | 'SG_CLI_NOT_NODE'
  /** The process belongs to another user, or to a container that cannot be reached from here. */
  | 'SG_CLI_NOT_PERMITTED'
  /** The process was started so that its inspector cannot be opened, or its permission model forbids the agent. */
  | 'SG_CLI_FORBIDDEN'
  /** Somebody debugs the process, or another process holds the port that its inspector would listen on. */
  | 'SG_CLI_INSPECTOR_BUSY'
  /** The process was asked and did not answer in time. */
  | 'SG_CLI_NO_ANSWER'
  /** The process has the agent already, or, when detaching, has none. */
  | 'SG_CLI_ATTACHED'
  | 'SG_CLI_NOT_ATTACHED'
  /** The agent did not start in the process. */
  | 'SG_CLI_AGENT'
  /** The monitor cannot be reached, or refused. */
  | 'SG_CLI_MONITOR'
  | 'SG_CLI_TOKEN_FILE'
  /** A file of a certificate cannot be read. */
  | 'SG_CLI_TLS_FILE';

/** What the command line ends with when it cannot do what it was told; the message is one sentence for the operator. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  /** What the process exits with: 2 for a wrong call, 127 and 126 as shells do for commands, else 1. */
  readonly exitCode: number;

  constructor(code: CliErrorCode, message: string, exitCode: number) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
