import type { AgentOptions } from './config.ts';
import { runningAgent, startInRunning } from './start.ts';

/** What became of an attempt to start the agent in a process that runs already. */
export interface Attachment {
  /** refused: the process said no, by its settings or because something is missing; `reason` says what. */
  readonly state: 'attached' | 'already' | 'refused';
  readonly job: string;
  readonly worker: string;
  readonly reason: string;
}

/** Starts the agent in this process, which has been running without it. Never throws. */
export function attach(options: AgentOptions): Attachment {
  try {
    const known = runningAgent();
    const agent = known ?? startInRunning(options);
    const { job, worker, running } = agent;
    if (known !== undefined) return { state: 'already', job, worker, reason: '' };
    if (running) return { state: 'attached', job, worker, reason: '' };
    const reason =
      job === '' ? 'its environment has STREAMGAUGE_DISABLED set' : 'its agent could not start; its stderr says why';
    return { state: 'refused', job, worker, reason };
  } catch (error) {
    return { state: 'refused', job: '', worker: '', reason: error instanceof Error ? error.message : String(error) };
  }
}
