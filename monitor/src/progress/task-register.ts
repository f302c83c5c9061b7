import type { Heartbeat, TaskResult } from '@streamgauge/proto';
import {
  heartbeatTold,
  noTasks,
  type TaskFacts,
  taskEnded,
  tasksLost,
  type WorkerTasks,
} from '../model/worker-tasks.ts';
import type { WorkerWindow } from '../model/worker-window.ts';

/** Tasks of all workers together; beyond it nothing new is taken of workers that have told of none. */
const maxTasks = 100_000;

/** The facts of a worker that matter here. */
interface Teller {
  readonly worker: string;
  readonly job: string;
  readonly session: string;
}

type Departing = Pick<WorkerWindow, 'facts' | 'departure'>;

/** What the monitor knows of the tasks of all workers, present and gone. */
export class TaskRegister {
  readonly #known = new Map<string, WorkerTasks>();
  #total = 0;
  #dropped = 0;

  /** Heartbeats and results whose tasks were not taken for want of room, since the monitor started. */
  get dropped(): number {
    return this.#dropped;
  }

  of(worker: string): WorkerTasks | undefined {
    return this.#known.get(worker);
  }

  heartbeat(teller: Teller, heartbeat: Heartbeat): void {
    this.#change(teller, (known) => heartbeatTold(known, heartbeat, teller.job));
  }

  result(teller: Teller, result: TaskResult, atUnixMs: number): void {
    this.#change(teller, (known) => taskEnded(known, result, atUnixMs, teller.job));
  }

  /** A worker has said hello. In another session nothing of what it did before goes on; gives what is lost by that. */
  connected({ worker, session }: Teller, nowUnixMs: number): readonly TaskFacts[] {
    const known = this.#known.get(worker);
    if (known === undefined || known.session === session) return [];
    const { lost } = tasksLost(known, nowUnixMs);
    this.#put(worker, noTasks(session));
    return lost;
  }

  /**
   * Whether a worker is gone for good, or for so long that it counts as lost; gives what is lost with it, once. One that was cut off for
   * a moment goes on with what it does.
   */
  look({ facts: { worker }, departure }: Departing, lostAfterMs: number, nowUnixMs: number): readonly TaskFacts[] {
    if (departure === null || (departure.how === 'lost' && departure.awayMs < lostAfterMs)) return [];
    const known = this.#known.get(worker);
    if (known === undefined || (known.capacity === null && known.tasks.size === 0)) return [];
    const { tasks, lost } = tasksLost(known, nowUnixMs);
    this.#put(worker, tasks);
    return lost;
  }

  forget(worker: string): void {
    this.#total -= this.#known.get(worker)?.tasks.size ?? 0;
    this.#known.delete(worker);
  }

  #change({ worker, session }: Teller, change: (known: WorkerTasks) => WorkerTasks): void {
    const before = this.#known.get(worker);
    if (this.#total >= maxTasks && (before === undefined || before.tasks.size === 0)) {
      this.#dropped += 1;
      return;
    }
    const known = before?.session === session ? before : noTasks(session);
    this.#put(worker, change(known));
  }

  #put(worker: string, tasks: WorkerTasks): void {
    this.#total += tasks.tasks.size - (this.#known.get(worker)?.tasks.size ?? 0);
    this.#known.set(worker, tasks);
  }
}
