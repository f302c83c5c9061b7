import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CliError } from '../errors.ts';
import { agentEnvironment, agentRegisterUrl } from './agent-environment.ts';
import { workerUrl } from './monitor-url.ts';

/** Options of `streamgauge run`. */
export interface RunOptions {
  readonly job?: string;
  readonly worker?: string;
  readonly monitor?: string;
}

/** Signals that a process can catch and that a supervisor or a person sends on purpose. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
];

/** Signals that a terminal sends to the command, too, because it is in the same process group. */
const SENT_BY_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH']);

/** How long the own end by a signal may take before the exit code of a shell is used instead. */
const SIGNAL_GRACE_MS = 200;

/**
 * Runs a command with the agent attached to every Node.js program in it and ends as the command does, by exit code or by
 * signal. Throws CliError when it cannot be started.
 */
export async function runCommand(options: RunOptions, command: readonly string[]): Promise<number> {
  const [file = '', ...commandArguments] = command;
  const monitorUrl = options.monitor === undefined ? undefined : workerUrl(options.monitor);
  const env = agentEnvironment(
    process.env,
    { job: options.job, worker: options.worker, monitorUrl },
    agentRegisterUrl(),
  );
  const child = spawn(file, commandArguments, { stdio: 'inherit', env });
  const stopForwarding = forwardSignals(child);
  try {
    const { code, signal } = await ended(child, file);
    stopForwarding();
    return signal === null ? (code ?? 1) : await endBySignal(signal);
  } finally {
    stopForwarding();
  }
}

function ended(child: ChildProcess, file: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error: NodeJS.ErrnoException) => reject(cannotStart(file, error)));
  });
}

function cannotStart(file: string, error: NodeJS.ErrnoException): CliError {
  const name = JSON.stringify(file);
  if (error.code === 'ENOENT') {
    return new CliError(
      'SG_CLI_COMMAND_NOT_FOUND',
      `the command ${name} was not found; check its name and your PATH.`,
      127,
    );
  }
  return new CliError('SG_CLI_COMMAND_NOT_EXECUTABLE', `the command ${name} cannot be run (${error.code}).`, 126);
}

function forwardSignals(child: ChildProcess): () => void {
  const atTerminal = process.stdin.isTTY === true;
  const forward = (signal: NodeJS.Signals): void => {
    if (!(atTerminal && SENT_BY_TERMINAL.has(signal))) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}

/** Ends this process by the signal that ended the command, so that the caller sees the same; a number if that fails. */
async function endBySignal(signal: NodeJS.Signals): Promise<number> {
  // Node.js starts its inspector on SIGUSR1 instead of ending.
  if (signal !== 'SIGUSR1') {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, SIGNAL_GRACE_MS));
  }
  return 128 + constants.signals[signal];
}
