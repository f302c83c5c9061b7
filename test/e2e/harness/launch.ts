import { type ChildProcess, spawn } from 'node:child_process';
import { whenFailed, whenFinished } from '../../support/test-end.ts';
import { until } from './until.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A child process of a test. When the test ends it is killed with everything that it has started; its output is printed
 * when the test fails.
 */
export interface Launched {
  readonly pid: number;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Settles when it has ended and everything it wrote was read; rejects when it could not be started. */
  readonly ended: Promise<Exit>;
  readonly child: ChildProcess;
  /** The first line of stdout that matches, now or within that time. */
  line(matches: RegExp, withinMs: number): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
}

/** Settings of the shell that runs the tests must not reach the programs under test. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:STREAMGAUGE_|OTEL_|VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$|FORCE_COLOR$|NO_COLOR$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Groups of processes whose test has not ended; they end with this process at the latest. */
const leaders = new Set<number | undefined>();
process.once('exit', () => leaders.forEach(killGroup));

/** Starts a process; must be called inside a test. */
export function launch(
  file: string,
  commandArguments: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    /** Default: nothing to read. */
    readonly stdin?: 'ignore' | 'pipe';
  } = {},
): Launched {
  const child = spawn(file, commandArguments, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    // A process group of its own: what the child has started itself is found by it and goes with it.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => {});
  whenFailed(() => {
    const how = `code ${child.exitCode}, signal ${child.signalCode}`;
    console.error(`${file} ${commandArguments.join(' ')} (${how})\n--- stdout\n${stdout}\n--- stderr\n${stderr}\n---`);
  });
  leaders.add(child.pid);
  whenFinished(async () => {
    killGroup(child.pid);
    leaders.delete(child.pid);
    await ended.catch(() => {});
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    child,
    line: (matches, withinMs) =>
      until(`a line that matches ${matches}`, withinMs, () => stdout.split('\n').find((line) => matches.test(line))),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  };
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
