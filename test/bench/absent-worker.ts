import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./absent-program.mjs', import.meta.url));
/** The agent as it is published. */
const REGISTER = new URL('../../agent/dist/register.js', import.meta.url).href;

/** What one record of a flow took, nanoseconds: of all threads, of the main thread, and of the clock. */
export interface Taken {
  readonly processorNano: number;
  readonly mainNano: number;
  readonly passedNano: number;
}

export interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** A process that lets records flow when it is told to, and does nothing in between. */
export class Worker {
  readonly #child: ChildProcess;

  /**
   * monitorUrl: what its agent dials; undefined: it has no agent. processor: the only one that it may use; undefined: all. anew: whether
   * it makes a pipeline for each flow.
   *
   * @throws Error where a process cannot be held to a processor: that takes the command taskset of Linux.
   */
  constructor(monitorUrl: string | undefined, processor: string | undefined, anew: boolean) {
    this.#child = fork(PROGRAM, anew ? ['anew'] : [], {
      execArgv: monitorUrl === undefined ? [] : ['--import', REGISTER],
      env: {
        PATH: process.env.PATH,
        STREAMGAUGE_LOG: 'off',
        STREAMGAUGE_JOB: 'absent',
        STREAMGAUGE_MONITOR_URL: monitorUrl ?? '',
      },
    });
    // All of its threads, before it has loaded anything.
    if (processor !== undefined)
      execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', processor, String(this.#child.pid)]);
  }

  flow(records: number, loops: number): Promise<Taken> {
    return this.#ask({ records, loops });
  }

  /** Flows for so long that what is paid once is paid: what V8 compiles, and how the agent meets its monitor. */
  async warmUp(seconds: number, records: number, loops: number): Promise<void> {
    const untilMs = performance.now() + seconds * 1000;
    do await this.flow(records, loops);
    while (performance.now() < untilMs);
  }

  memory(): Promise<Memory> {
    return this.#ask({ memory: true });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask<Answer>(task: object): Promise<Answer> {
    const gone = new AbortController();
    const answer = once(this.#child, 'message', { signal: gone.signal });
    const end = once(this.#child, 'exit', { signal: gone.signal });
    this.#child.send(task);
    try {
      const [said] = await Promise.race([
        answer,
        end.then(([code]) => Promise.reject(new Error(`It ended: ${code}.`))),
      ]);
      return said;
    } finally {
      gone.abort();
      await Promise.allSettled([answer, end]);
    }
  }
}
