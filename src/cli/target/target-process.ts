import { platform } from 'node:os';
import { basename } from 'node:path';
import { CliError } from '../../errors.ts';
import { type InspectAddress, inspectAddress } from './inspect-options.ts';
import { noProcess, type ProcessFiles, processFiles } from './process-files.ts';

/** A process that may be asked to open its inspector: everything that forbids it was looked at. */
export interface TargetProcess {
  readonly pid: number;
  /** Its id as it sees itself, which differs when it runs in a container. */
  readonly innerPid: number;
  /** When it was started, in ticks of the system: tells it from a later process with the same id. */
  readonly startTicks: string;
  readonly inspect: InspectAddress;
  readonly files: ProcessFiles;
}

/** Signal 10 of the masks in /proc/PID/status. */
const SIGUSR1_BIT = 1n << 9n;
const NODE_NAMES = /^node(?:js)?(?:-?v?\d[\w.-]*)?$/;

/**
 * Looks at a process without touching it. SIGUSR1 ends a process that does not expect it, so it is only ever sent to what this
 * function has accepted. Throws CliError with the reason why not.
 */
export function examineTarget(
  pid: number,
  files: ProcessFiles = processFiles(pid),
  system: NodeJS.Platform = platform(),
): TargetProcess {
  if (system !== 'linux') {
    throw new CliError(
      'SG_CLI_SYSTEM',
      `a process that runs can be looked into on Linux only, and this is ${system}; start it with --import @streamgauge/agent/register instead.`,
      1,
    );
  }
  if (pid === process.pid) throw new CliError('SG_CLI_NO_PROCESS', `process ${pid} is this command itself.`, 1);
  const status = files.text('status');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  if (field('State').startsWith('Z')) throw noProcess(pid);
  if (Number(field('Tgid')) !== pid) {
    throw new CliError('SG_CLI_NO_PROCESS', `${pid} is a thread of process ${field('Tgid')}; name the process.`, 1);
  }
  const executable = files.link('exe').replace(/ \(deleted\)$/, '');
  if (!NODE_NAMES.test(basename(executable))) {
    throw new CliError('SG_CLI_NOT_NODE', `process ${pid} is not Node.js: it runs ${JSON.stringify(executable)}.`, 1);
  }
  refuseOtherNetwork(pid, files);
  const words = files.text('cmdline').split('\0');
  const options = [...words, ...nodeOptions(files)];
  if (!catchesSignal(field('SigCgt'))) throw new CliError('SG_CLI_FORBIDDEN', whyDeaf(pid, options), 1);
  return {
    pid,
    innerPid: Number(field('NSpid').split(/\s+/).at(-1) || pid),
    startTicks: startTicks(files),
    inspect: inspectAddress(options),
    files,
  };
}

/** True while the process is the one that was examined and still waits for the signal. */
export function isStill(target: TargetProcess): boolean {
  try {
    const caught = /^SigCgt:\s*(\w+)$/m.exec(target.files.text('status'))?.[1] ?? '0';
    return startTicks(target.files) === target.startTicks && catchesSignal(caught);
  } catch {
    return false;
  }
}

function catchesSignal(mask: string): boolean {
  return (BigInt(`0x${mask || '0'}`) & SIGUSR1_BIT) !== 0n;
}

function startTicks(files: ProcessFiles): string {
  const stat = files.text('stat');
  // The name in parentheses may hold anything: fields are counted from behind it. The start is field 22.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function nodeOptions(files: ProcessFiles): readonly string[] {
  const variable = files
    .text('environ')
    .split('\0')
    .find((entry) => entry.startsWith('NODE_OPTIONS='));
  return variable?.slice('NODE_OPTIONS='.length).split(/\s+/) ?? [];
}

function refuseOtherNetwork(pid: number, files: ProcessFiles): void {
  if (files.link('ns/net') === processFiles(process.pid).link('ns/net')) return;
  throw new CliError(
    'SG_CLI_NOT_PERMITTED',
    `process ${pid} is in a container with a network of its own, so its inspector cannot be reached from here; run this in that container, as with docker exec or kubectl exec.`,
    1,
  );
}

/** Node.js waits for SIGUSR1 unless something keeps it from it; then the signal would end the process. */
function whyDeaf(pid: number, options: readonly string[]): string {
  const cause = options.find((word) => /^--(?:disable-sigusr1|permission|experimental-permission)\b/.test(word));
  const mend = 'start it with --import @streamgauge/agent/register instead.';
  if (cause !== undefined) return `process ${pid} was started with ${cause}, which keeps its inspector closed; ${mend}`;
  return `process ${pid} does not wait for SIGUSR1: it is just starting, or its Node.js has no inspector; try again, or ${mend}`;
}
