import { type Launched, launch } from './launch.ts';
import { agentArguments } from './paths.ts';

/** How a worker of a test is started. */
export interface WorkerOptions {
  /** Path of the program. */
  readonly program: string;
  readonly programArguments?: readonly string[];
  /** Absent: the program runs without the agent. */
  readonly monitorUrl?: string;
  readonly job?: string;
  readonly worker?: string;
  /** A node binary. Default: the one that runs the test. */
  readonly node?: string;
  /** More settings, such as STREAMGAUGE_REPORT_INTERVAL_MS. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: 'ignore' | 'pipe';
}

/** Starts a program, with the agent if a monitor is given; must be called inside a test. */
export function startWorker(options: WorkerOptions): Launched {
  const node = options.node ?? process.execPath;
  const attached = options.monitorUrl !== undefined;
  return launch(node, [...(attached ? agentArguments() : []), options.program, ...(options.programArguments ?? [])], {
    stdin: options.stdin ?? 'ignore',
    env: {
      ...(attached && { STREAMGAUGE_MONITOR_URL: options.monitorUrl }),
      ...(options.job !== undefined && { STREAMGAUGE_JOB: options.job }),
      ...(options.worker !== undefined && { STREAMGAUGE_WORKER: options.worker }),
      ...options.env,
    },
  });
}
