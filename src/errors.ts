/** Codes of the command line's own errors. A code is never used again for something else. */
export type CliErrorCode =
  | 'SG_CLI_USAGE'
  | 'SG_CLI_NODE_VERSION'
  | 'SG_CLI_URL'
  | 'SG_CLI_COMMAND_MISSING'
  | 'SG_CLI_COMMAND_NOT_FOUND'
  | 'SG_CLI_COMMAND_NOT_EXECUTABLE'
  | 'SG_CLI_DEMO';

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
