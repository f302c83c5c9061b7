import type { ChannelBook } from '../channel/channel-book.ts';
import type { Clock } from '../clock.ts';
import type { Assessment } from '../detect/assess.ts';
import type { Incident } from '../incident/incident.ts';
import type { Roster } from '../model/roster.ts';
import type { WorkerWindow } from '../model/worker-window.ts';
import type { GraphInParts, JobView, WorkerView } from '../progress-monitor.ts';
import type { TaskRegister } from './task-register.ts';
import { graphView, jobView, type Seen, workerView } from './views.ts';

const nobody: ReadonlySet<number> = new Set();

/** What the views are made of. */
export interface ViewerOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly channels: ChannelBook;
  /** What detection last said, by worker. */
  readonly assessments: ReadonlyMap<string, Assessment>;
  readonly openIncidents: () => readonly Incident[];
  readonly tasks: Pick<TaskRegister, 'of'>;
}

/** Answers what people and programs ask about jobs and workers; changes nothing. */
export class Viewer {
  readonly #options: ViewerOptions;

  constructor(options: ViewerOptions) {
    this.#options = options;
  }

  jobs(): readonly JobView[] {
    const nowMs = this.#options.clock.monotonicMs();
    const open = this.#options.openIncidents();
    const byJob = new Map<string, WorkerWindow[]>();
    for (const window of this.#options.roster.all()) {
      for (const job of window.jobs) {
        const windows = byJob.get(job);
        if (windows === undefined) byJob.set(job, [window]);
        else windows.push(window);
      }
    }
    return [...byJob].map(([job, windows]) =>
      jobView(job, this.#seen(windows), open.filter(({ jobs }) => jobs.includes(job)).length, nowMs),
    );
  }

  job(name: string): JobView | undefined {
    const windows = this.#windowsOf(name);
    if (windows.length === 0) return undefined;
    const open = this.#options.openIncidents().filter(({ jobs }) => jobs.includes(name)).length;
    return jobView(name, this.#seen(windows), open, this.#options.clock.monotonicMs());
  }

  graph(job: string): GraphInParts | undefined {
    const windows = this.#windowsOf(job);
    if (windows.length === 0) return undefined;
    const { clock, channels } = this.#options;
    return graphView(job, this.#seen(windows), channels.partitions(job), clock.monotonicMs(), clock.unixMs());
  }

  workers(): readonly WorkerView[] {
    const nowMs = this.#options.clock.monotonicMs();
    return this.#seen([...this.#options.roster.all()]).map((seen) => workerView(seen, nowMs));
  }

  worker(name: string): WorkerView | undefined {
    const window = this.#options.roster.get(name);
    const [seen] = window === undefined ? [] : this.#seen([window]);
    return seen === undefined ? undefined : workerView(seen, this.#options.clock.monotonicMs());
  }

  #windowsOf(job: string): WorkerWindow[] {
    return [...this.#options.roster.all()].filter(({ jobs }) => jobs.includes(job));
  }

  #seen(windows: readonly WorkerWindow[]): Seen[] {
    const waiting = this.#waiting();
    return windows.map((window) => {
      const { worker } = window.facts;
      const assessment = this.#options.assessments.get(worker);
      return { window, assessment, waiting: waiting.get(worker) ?? nobody, tasks: this.#options.tasks.of(worker) };
    });
  }

  /** Operators that wait for one of another worker, by their own worker. */
  #waiting(): Map<string, Set<number>> {
    const waiting = new Map<string, Set<number>>();
    for (const { findings } of this.#options.assessments.values()) {
      for (const finding of findings) {
        for (const { worker, operatorId } of finding.victims) {
          if (worker === finding.worker) continue;
          const ids = waiting.get(worker);
          if (ids === undefined) waiting.set(worker, new Set([operatorId]));
          else ids.add(operatorId);
        }
      }
    }
    return waiting;
  }
}
