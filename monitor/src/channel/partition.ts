import type { ChannelPosition, PortSnapshot } from '../model/snapshot.ts';
import { laterPosition, usesMinor } from './position.ts';
import { PositionHistory } from './position-history.ts';

/** A port of a worker, as its newest report told it. */
export interface WorkerPort {
  readonly worker: string;
  readonly partition: Partition;
  snapshot: PortSnapshot;
  /** When that report was made, on the monitor's clock. */
  madeAtMs: number;
  /** True: its worker is away. */
  away: boolean;
  /** Where the giver has stood; undefined for a taker, and for a giver beyond the limit. */
  readonly history: PositionHistory | undefined;
}

/** One order of messages between operators of a job, in whatever workers: a partition of a channel of a broker, with everybody who gives and takes. */
export class Partition {
  readonly job: string;
  readonly system: string;
  readonly channel: string;
  readonly name: string;
  readonly givers: Set<WorkerPort> = new Set();
  readonly takers: Set<WorkerPort> = new Set();
  /** Where the channel has stood as its takers know it; only while no connected worker of the job gives. */
  foreign: PositionHistory | undefined;
  /** Whether positions are no counts. Once seen it stays. */
  minorUsed = false;

  constructor({ job, system, channel, partition }: PortSnapshot) {
    this.job = job;
    this.system = system;
    this.channel = channel;
    this.name = partition;
  }

  get isEmpty(): boolean {
    return this.givers.size === 0 && this.takers.size === 0;
  }

  /** Notes what a port tells now. */
  see(port: WorkerPort, snapshot: PortSnapshot, madeAtMs: number): void {
    port.snapshot = snapshot;
    port.madeAtMs = madeAtMs;
    port.away = false;
    this.minorUsed ||= usesMinor(snapshot);
    if (snapshot.direction === 'out') {
      port.history?.see(snapshot.position, madeAtMs);
      this.foreign = undefined;
      return;
    }
    const { head, position } = snapshot;
    if (head === null || this.#isGivenTo()) return;
    this.foreign ??= new PositionHistory();
    // A message that was taken was there, whatever the client library still believes; and another taker may know more.
    const known = laterOf(position, head);
    const newest = this.foreign.newest;
    if (newest === null || laterPosition(known, newest) === known) this.foreign.see(known, madeAtMs);
  }

  #isGivenTo(): boolean {
    for (const { away } of this.givers) if (!away) return true;
    return false;
  }
}

function laterOf(position: ChannelPosition | null, head: ChannelPosition): ChannelPosition {
  return position === null ? head : laterPosition(head, position);
}
