import type { PortSnapshot } from '../model/snapshot.ts';
import type { WorkerWindow } from '../model/worker-window.ts';
import { Partition, type WorkerPort } from './partition.ts';
import { PositionHistory } from './position-history.ts';

/** How much the book keeps at once; what does not fit is counted. */
export interface ChannelLimits {
  /** Ports of all workers together. */
  readonly maxPorts: number;
  /** Givers of all workers whose past positions are kept: about 3 KB each. Beyond it a late taker's age is not known. */
  readonly maxHistories: number;
}

/** Limits that suit a monitor of two thousand workers: at most about 100 MB. */
const defaultChannelLimits: ChannelLimits = { maxPorts: 100_000, maxHistories: 20_000 };

interface Entry {
  readonly session: string;
  readonly ports: Map<number, WorkerPort>;
}

const nobody: ReadonlyMap<string, Partition> = new Map();

/**
 * The channels between the workers: which ports give to and take from each partition. Kept up to date report by report, so that
 * a report costs what its own ports cost, however many workers there are.
 */
export class ChannelBook {
  readonly #workers = new Map<string, Entry>();
  readonly #jobs = new Map<string, Map<string, Partition>>();
  readonly #limits: ChannelLimits;
  #ports = 0;
  #histories = 0;
  #portsDropped = 0;
  #historiesDropped = 0;

  constructor(limits: ChannelLimits = defaultChannelLimits) {
    this.#limits = limits;
  }

  /** Ports and histories left out because of the limits, since the monitor started; one is counted again with every report. */
  get counters(): { readonly ports: number; readonly histories: number } {
    return { ports: this.#portsDropped, histories: this.#historiesDropped };
  }

  /** A worker's newest report, or its new session: its ports are those of the window, no others. */
  update({ facts, snapshot, madeAtMs }: WorkerWindow): void {
    const known = this.#workers.get(facts.worker);
    if (known !== undefined && known.session !== facts.session) this.forget(facts.worker);
    if (snapshot === null || (snapshot.ports.length === 0 && known === undefined)) return;
    const entry = this.#entry(facts.worker, facts.session);
    const gone = new Set(entry.ports.keys());
    for (const port of snapshot.ports) {
      const kept = this.#port(facts.worker, entry, port);
      if (kept === undefined) continue;
      gone.delete(port.id);
      kept.partition.see(kept, port, madeAtMs);
    }
    for (const id of gone) this.#remove(entry, id);
    if (entry.ports.size === 0) this.#workers.delete(facts.worker);
  }

  /** The connection of a worker has ended; what it gave and took stays visible. */
  depart(worker: string): void {
    for (const port of this.portsOf(worker)) port.away = true;
  }

  forget(worker: string): void {
    const entry = this.#workers.get(worker);
    if (entry === undefined) return;
    for (const id of entry.ports.keys()) this.#remove(entry, id);
    this.#workers.delete(worker);
  }

  /** The partitions of a job, in the order in which they were found. */
  partitions(job: string): Iterable<Partition> {
    return (this.#jobs.get(job) ?? nobody).values();
  }

  /** The ports of a worker; also after it has gone, as long as it is remembered. */
  portsOf(worker: string): Iterable<WorkerPort> {
    return this.#workers.get(worker)?.ports.values() ?? [];
  }

  #entry(worker: string, session: string): Entry {
    const known = this.#workers.get(worker);
    if (known !== undefined) return known;
    const entry = { session, ports: new Map<number, WorkerPort>() };
    this.#workers.set(worker, entry);
    return entry;
  }

  #port(worker: string, entry: Entry, port: PortSnapshot): WorkerPort | undefined {
    const known = entry.ports.get(port.id);
    if (known !== undefined) {
      if (isSame(known.snapshot, port)) return known;
      this.#remove(entry, port.id);
    }
    if (this.#ports >= this.#limits.maxPorts) {
      this.#portsDropped += 1;
      return undefined;
    }
    const partition = this.#partition(port);
    const history = port.direction === 'out' ? this.#history() : undefined;
    const added: WorkerPort = { worker, partition, snapshot: port, madeAtMs: 0, away: false, history };
    this.#ports += 1;
    (port.direction === 'out' ? partition.givers : partition.takers).add(added);
    entry.ports.set(port.id, added);
    return added;
  }

  #history(): PositionHistory | undefined {
    if (this.#histories >= this.#limits.maxHistories) {
      this.#historiesDropped += 1;
      return undefined;
    }
    this.#histories += 1;
    return new PositionHistory();
  }

  #partition(port: PortSnapshot): Partition {
    const { job } = port;
    let partitions = this.#jobs.get(job);
    if (partitions === undefined) {
      partitions = new Map();
      this.#jobs.set(job, partitions);
    }
    const key = keyOf(port);
    const known = partitions.get(key);
    if (known !== undefined) return known;
    const partition = new Partition(port);
    partitions.set(key, partition);
    return partition;
  }

  #remove(entry: Entry, id: number): void {
    const port = entry.ports.get(id);
    if (port === undefined) return;
    const { partition, snapshot, history } = port;
    entry.ports.delete(id);
    this.#ports -= 1;
    if (history !== undefined) this.#histories -= 1;
    partition.givers.delete(port);
    partition.takers.delete(port);
    if (!partition.isEmpty) return;
    const partitions = this.#jobs.get(partition.job);
    partitions?.delete(keyOf(snapshot));
    if (partitions?.size === 0) this.#jobs.delete(partition.job);
  }
}

function isSame(left: PortSnapshot, right: PortSnapshot): boolean {
  return (
    left.operatorId === right.operatorId &&
    left.job === right.job &&
    left.direction === right.direction &&
    left.system === right.system &&
    left.channel === right.channel &&
    left.partition === right.partition
  );
}

function keyOf({ system, channel, partition }: PortSnapshot): string {
  return JSON.stringify([system, channel, partition]);
}
