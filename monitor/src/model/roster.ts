import type { Hello, Report } from '@streamgauge/proto';
import { type CodeOwner, workersWord } from './code-owner.ts';
import type { Parting } from './parting.ts';
import { readReport } from './read-report.ts';
import { advance, connectWindow, type Departure, type Moment, readFacts, type WorkerWindow } from './worker-window.ts';

/** How much the monitor remembers at once. */
export interface RosterLimits {
  /** Workers, present and gone. The one that went first is forgotten first; a connected one never. */
  readonly maxWorkers: number;
  /** Operators of all workers together. What does not fit is left out of its report and counted. */
  readonly maxOperators: number;
  /** For how long a worker that went away can still be read, milliseconds. */
  readonly keepDepartedMs: number;
  /** Most that one check may add to the time a worker has been away, milliseconds. */
  readonly checkIntervalMs: number;
}

/** Limits that suit a monitor of a thousand workers on a small machine. */
export const defaultRosterLimits: Omit<RosterLimits, 'checkIntervalMs'> = {
  maxWorkers: 5000,
  maxOperators: 200_000,
  keepDepartedMs: 24 * 3_600_000,
};

/** The workers the monitor knows, present and gone, each with its window. */
export class Roster {
  readonly #windows = new Map<string, WorkerWindow>();
  readonly #limits: RosterLimits;
  readonly #codeOwner: CodeOwner;
  /** Names of workers forgotten for want of room, which age() has not told yet. */
  readonly #unwanted = new Set<string>();
  #operators = 0;
  #workersForgotten = 0;

  constructor(limits: RosterLimits, codeOwner: CodeOwner = workersWord) {
    this.#limits = limits;
    this.#codeOwner = codeOwner;
  }

  /** Workers forgotten because maxWorkers was reached, since the monitor started. */
  get workersForgotten(): number {
    return this.#workersForgotten;
  }

  get(worker: string): WorkerWindow | undefined {
    return this.#windows.get(worker);
  }

  all(): IterableIterator<WorkerWindow> {
    return this.#windows.values();
  }

  /** A worker has said hello: it is back, restarted, or new. Marks those it makes up for. */
  connect(hello: Hello, at: Moment): WorkerWindow {
    const facts = readFacts(hello);
    this.#unwanted.delete(facts.worker);
    const known = this.#windows.get(facts.worker);
    if (known === undefined) this.#makeRoom();
    const window = connectWindow(facts, at, known);
    this.#put(window);
    for (const gone of this.#windows.values()) {
      // One that ran beside it and only connects late makes up for nobody.
      if (gone.departure !== null && sameWorkplace(gone, window) && !startedBeside(window, gone))
        this.#markReplaced(gone, gone.departure);
    }
    return window;
  }

  /** The connection of a worker has ended. A worker that had said it ends has left, whatever the link saw. */
  disconnect(worker: string, how: 'left' | 'lost', at: Moment, parting?: Parting): WorkerWindow | undefined {
    const window = this.#windows.get(worker);
    if (window === undefined || window.departure !== null) return window;
    const lastHeardMs = Math.max(window.connectedAt.monotonicMs, window.receivedAt?.monotonicMs ?? 0);
    const peers = this.#connectedPeers(
      window,
      (peer) => peer.connectedAt.monotonicMs <= lastHeardMs || startedBeside(peer, window),
    );
    const departure: Departure = {
      how: window.ending ? 'left' : how,
      at,
      awayMs: 0,
      countedAtMs: at.monotonicMs,
      peers: peers + 1,
      replaced: false,
      parting: parting ?? null,
    };
    this.#put({ ...window, departure });
    return this.#markReplaced({ ...window, departure }, departure);
  }

  /** A report has arrived; undefined when its worker is not connected. */
  report(worker: string, report: Report, at: Moment): WorkerWindow | undefined {
    const window = this.#windows.get(worker);
    if (window === undefined || window.departure !== null) return undefined;
    const others = this.#operators - (window.snapshot?.operatorsById.size ?? 0);
    const room = Math.max(0, this.#limits.maxOperators - others);
    const snapshot = readReport(report, room, {
      codeOwner: this.#codeOwner,
      ownJob: window.facts.job,
      before: window.snapshot,
    });
    const advanced = advance(window, snapshot, at);
    if (advanced !== window) this.#put(advanced);
    return advanced;
  }

  /** Changes one window. */
  update(worker: string, change: (window: WorkerWindow) => WorkerWindow): WorkerWindow | undefined {
    const window = this.#windows.get(worker);
    if (window === undefined) return undefined;
    const changed = change(window);
    if (changed !== window) this.#put(changed);
    return changed;
  }

  /** Counts the time that workers have been away, and gives the names of those forgotten since the last call. */
  age(nowMs: number): string[] {
    const forgotten = [...this.#unwanted];
    this.#unwanted.clear();
    for (const window of this.#windows.values()) {
      const { departure } = window;
      if (departure === null) continue;
      if (nowMs - departure.at.monotonicMs >= this.#limits.keepDepartedMs) {
        this.#forget(window);
        forgotten.push(window.facts.worker);
        continue;
      }
      const passedMs = Math.max(0, nowMs - departure.countedAtMs);
      const awayMs = departure.awayMs + Math.min(passedMs, this.#limits.checkIntervalMs);
      this.#windows.set(window.facts.worker, { ...window, departure: { ...departure, awayMs, countedAtMs: nowMs } });
    }
    return forgotten;
  }

  #put(window: WorkerWindow): void {
    const before = this.#windows.get(window.facts.worker)?.snapshot?.operatorsById.size ?? 0;
    this.#operators += (window.snapshot?.operatorsById.size ?? 0) - before;
    this.#windows.set(window.facts.worker, window);
  }

  #forget(window: WorkerWindow): void {
    this.#operators -= window.snapshot?.operatorsById.size ?? 0;
    this.#windows.delete(window.facts.worker);
  }

  #makeRoom(): void {
    if (this.#windows.size < this.#limits.maxWorkers) return;
    let oldest: WorkerWindow | undefined;
    for (const window of this.#windows.values()) {
      if (window.departure === null) continue;
      if (oldest?.departure == null || window.departure.at.monotonicMs < oldest.departure.at.monotonicMs)
        oldest = window;
    }
    if (oldest === undefined) return;
    this.#forget(oldest);
    this.#unwanted.add(oldest.facts.worker);
    this.#workersForgotten += 1;
  }

  #connectedPeers(of: WorkerWindow, wanted: (peer: WorkerWindow) => boolean): number {
    let peers = 0;
    for (const peer of this.#windows.values()) {
      if (peer.departure === null && peer.facts.worker !== of.facts.worker && sameWorkplace(peer, of) && wanted(peer))
        peers += 1;
    }
    return peers;
  }

  #markReplaced(gone: WorkerWindow, departure: Departure): WorkerWindow {
    if (departure.replaced || this.#connectedPeers(gone, () => true) < departure.peers) return gone;
    const replaced = { ...gone, departure: { ...departure, replaced: true } };
    this.#put(replaced);
    return replaced;
  }
}

/** So much a message may be late, and a clock that is set is set by more. */
const clockSetMs = 5000;

/** Default worker names carry the process id, so a restarted worker is recognised by its job and host. */
function sameWorkplace(left: WorkerWindow, right: WorkerWindow): boolean {
  return left.facts.job === right.facts.job && left.facts.host === right.facts.host;
}

/** Whether a peer ran already when the other one, of the same host, still reported: then it has not been started in its place. */
function startedBeside({ facts, connectedAt }: WorkerWindow, other: WorkerWindow): boolean {
  const aliveUnixMs = Math.max(other.snapshot?.sentUnixMs ?? 0, other.facts.startedUnixMs);
  if (facts.startedUnixMs <= 0) return false;
  const laterMs = facts.startedUnixMs - aliveUnixMs;
  if (facts.ranForMs !== null && other.receivedAt !== null) {
    // The monitor's own clock is late by what the way takes, and nobody sets it: where the two disagree by more, somebody has set theirs.
    const laterHereMs = connectedAt.monotonicMs - facts.ranForMs - other.madeAtMs;
    if (Math.abs(laterHereMs - laterMs) > clockSetMs) return laterHereMs < 0;
  }
  return laterMs < 0;
}
