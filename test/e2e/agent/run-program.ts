import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const REGISTER = new URL('../../../agent/dist/register.js', import.meta.url).href;
const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

/** How a program is run. */
export interface RunOptions {
  /** File name in test/e2e/programs. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Node.js binary. Default: TEST_NODE from the environment, else the one that runs the test. */
  readonly node?: string;
  readonly nodeArgs?: readonly string[];
  /** Modules that are preloaded before the agent. */
  readonly preloads?: readonly string[];
  /** False: without the agent. Default true. */
  readonly agent?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** How it ended. */
export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A program that runs. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<RunResult>;
  /** Waits until stdout holds the text; rejects after the time, or when the program ends before. */
  printed(text: string, timeoutMs: number): Promise<void>;
}

/** Starts a program under the built agent. The environment holds no STREAMGAUGE_ variable but the given ones. */
export function startProgram(options: RunOptions): RunningProgram {
  const startMs = performance.now();
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('STREAMGAUGE_') && name !== 'NODE_OPTIONS',
  );
  const preloads = [...(options.preloads ?? []), ...(options.agent === false ? [] : [REGISTER])];
  const preload = preloads.flatMap((module) => ['--import', module]);
  const args = [...preload, ...(options.nodeArgs ?? []), PROGRAMS + options.program, ...(options.args ?? [])];
  const child = spawn(options.node ?? process.env.TEST_NODE ?? process.execPath, args, {
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watcher of watchers) watcher();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout, stderr, durationMs: performance.now() - startMs }),
    );
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    printed: (text, timeoutMs) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`${why}; stdout: ${stdout}\nstderr: ${stderr}`));
        const timer = setTimeout(() => fail(`"${text}" was not printed within ${timeoutMs} ms`), timeoutMs);
        const check = (): void => {
          if (!stdout.includes(text)) return;
          clearTimeout(timer);
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        void ended.then(() => {
          clearTimeout(timer);
          if (!stdout.includes(text)) fail('the program ended before');
        });
        check();
      }),
  };
}

/** Runs a program to its end. */
export function runProgram(options: RunOptions): Promise<RunResult> {
  return startProgram(options).ended;
}
