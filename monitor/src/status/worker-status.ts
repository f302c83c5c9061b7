import { messageOf } from '../errors.ts';
import type { ProgressMonitor, WorkerView } from '../progress-monitor.ts';
import type { Store } from '../store/store.ts';
import type { StatusDesk } from './status-desk.ts';
import { type StatusView, untoldStatus } from './status-view.ts';

/** A worker at one moment: what its reports have told, and what it has told of itself. */
export interface WorkerSnapshot extends WorkerView {
  readonly status: StatusView;
}

/** A snapshot, and when it was taken. */
export interface DatedSnapshot {
  /** RFC 3339, by the monitor's clock. */
  readonly at: string;
  readonly snapshot: WorkerSnapshot;
}

/** How long a worker may take to answer: its agent thread does at once, and waits for its main thread half a second at most. */
const statusTimeoutMs = 2000;

/** What workers do, or did. */
export class WorkerStatus {
  readonly #progress: Pick<ProgressMonitor, 'worker'>;
  readonly #store: Pick<Store, 'snapshot'>;
  readonly #desk: Pick<StatusDesk, 'ask'>;
  readonly #unixMs: () => number;

  constructor(options: {
    readonly progress: Pick<ProgressMonitor, 'worker'>;
    readonly store: Pick<Store, 'snapshot'>;
    readonly desk: Pick<StatusDesk, 'ask'>;
    readonly unixMs: () => number;
  }) {
    this.#progress = options.progress;
    this.#store = options.store;
    this.#desk = options.desk;
    this.#unixMs = options.unixMs;
  }

  /** What it does now, or what it did last when it is gone; undefined: it was never seen. An empty list asks for all sections. */
  async now(worker: string, sections: readonly string[] = []): Promise<DatedSnapshot | undefined> {
    const view = this.#progress.worker(worker);
    if (view === undefined) return this.at(worker, this.#unixMs());
    const status = view.state === 'connected' ? await this.ask(worker, sections) : await this.lastTold(view);
    return { at: new Date(this.#unixMs()).toISOString(), snapshot: { ...view, status } };
  }

  /** What it did then, by the newest stored snapshot that is not later; undefined: there is none. */
  async at(worker: string, atUnixMs: number): Promise<DatedSnapshot | undefined> {
    const stored = await this.#store.snapshot(worker, atUnixMs);
    if (stored === undefined) return undefined;
    const snapshot = stored.snapshot as WorkerSnapshot & { readonly status?: StatusView };
    const { status = untoldStatus('status: this snapshot is of a monitor that did not ask for it.') } = snapshot;
    return { at: stored.at, snapshot: { ...snapshot, status } };
  }

  /** What it tells of itself now. Never rejects: what cannot be had is said in `missing`. */
  ask(worker: string, sections: readonly string[]): Promise<StatusView> {
    return this.#desk
      .ask(worker, sections, statusTimeoutMs)
      .catch((error: unknown) => untoldStatus(`status: ${messageOf(error)}`));
  }

  /**
   * What it tells of itself now, or, when it does not, what it has told last, with the reason: a worker that dies while it is asked
   * must not take with it what it said before.
   */
  async askOrLastTold(view: WorkerView, sections: readonly string[]): Promise<StatusView> {
    const told = await this.ask(view.worker, sections);
    if (told.takenAt !== null) return told;
    const last = await this.lastTold(view);
    if (last.takenAt === null) return told;
    return { ...last, missing: [...told.missing, ...last.missing.filter((reason) => !reason.startsWith('status: '))] };
  }

  /** What it has told of itself last, as it is stored; for a worker that cannot be asked any more. */
  async lastTold({ worker, session }: WorkerView): Promise<StatusView> {
    const last = await this.at(worker, this.#unixMs()).catch(() => undefined);
    // An earlier process of the same name is another worker.
    if (last === undefined || last.snapshot.session !== session)
      return untoldStatus('status: the worker is gone, and was not asked before.');
    return last.snapshot.status;
  }
}
