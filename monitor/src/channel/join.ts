import type { ChannelPosition } from '../model/snapshot.ts';
import type { WorkerWindow } from '../model/worker-window.ts';
import { type ChannelDelay, delayBehind, laterDelay, type Reach } from './delay.ts';
import { addLags, lagOf, newestOf } from './lag.ts';
import type { Partition, WorkerPort } from './partition.ts';
import { comparePositions } from './position.ts';
import { furthestOf, operatorOf, reachOf } from './takers.ts';

/** How much one answer may carry, and what it may cost; the rest is counted. */
export interface JoinLimits {
  readonly maxEdges: number;
  readonly maxChannels: number;
  /** Givers and takers that are looked at in pairs. */
  readonly maxPairs: number;
}

/** An answer within these takes some tens of milliseconds at most. */
const defaultJoinLimits: JoinLimits = { maxEdges: 5000, maxChannels: 2000, maxPairs: 50_000 };

/** Everything that one operator gives to another through a channel, over all its partitions. */
export interface ChannelEdge {
  readonly giver: WorkerPort;
  readonly taker: WorkerPort;
  partitions: number;
  /** Of the partition that is latest. undefined: not known. */
  delay: ChannelDelay | undefined;
  /** Of all partitions together. null: not known. */
  lag: number | null;
}

/** A partition of a channel with what is known of it. */
export interface JoinedPartition {
  readonly partition: Partition;
  readonly newest: ChannelPosition | null;
  /** The least that any taker has reached; null: not known. */
  readonly reached: ChannelPosition | null;
  readonly delay: ChannelDelay | undefined;
  readonly lag: number | null;
}

/** The channels of a job as its graph shows them. */
export interface JoinedChannels {
  readonly edges: readonly ChannelEdge[];
  readonly partitions: readonly JoinedPartition[];
  readonly edgesOmitted: number;
  readonly partitionsOmitted: number;
}

/** Joins the ports of each partition to edges from those who give to those who take, of the workers that windowOf knows. */
export function joinChannels(
  partitions: Iterable<Partition>,
  windowOf: (worker: string) => WorkerWindow | undefined,
  nowMs: number,
  limits: JoinLimits = defaultJoinLimits,
): JoinedChannels {
  const all = [...partitions];
  const pending = pendingByOperator(all, windowOf);
  const edges = new Map<string, ChannelEdge>();
  const joined: JoinedPartition[] = [];
  let pairs = 0;
  let edgesOmitted = 0;
  for (const partition of all.slice(0, limits.maxChannels)) {
    const givers = [...partition.givers].filter((port) => operatorOf(port, windowOf(port.worker)) !== undefined);
    const takers = [...partition.takers].filter((port) => operatorOf(port, windowOf(port.worker)) !== undefined);
    const newest = newestOf(partition);
    const furthest = furthestOf(partition);
    let delay: ChannelDelay | undefined;
    let lag: number | null = takers.length === 0 ? null : 0;
    let reached: Reach | null = null;
    for (const taker of takers) {
      const reach = reachOf(taker, windowOf(taker.worker), furthest, nowMs);
      const behind = lagOf(partition, newest, reach);
      lag = lag === null || behind === null ? null : Math.max(lag, behind);
      if (reach !== null && (reached === null || comparePositions(reach.position, reached.position) < 0))
        reached = reach;
      if (partition.foreign !== undefined && reach !== null)
        delay = laterDelay(delay, delayBehind(partition.foreign, reach));
      for (const giver of givers) {
        pairs += 1;
        const key = edgeKey(giver, taker);
        const known = edges.get(key);
        if (pairs > limits.maxPairs || (known === undefined && edges.size >= limits.maxEdges)) {
          edgesOmitted += 1;
          continue;
        }
        const late = giver.history === undefined || reach === null ? undefined : delayBehind(giver.history, reach);
        delay = laterDelay(delay, late);
        if (known === undefined) edges.set(key, { giver, taker, partitions: 1, delay: late, lag: behind });
        else extend(known, late, behind);
      }
    }
    joined.push({ partition, newest, reached: reached?.position ?? null, delay, lag });
  }
  for (const edge of edges.values()) edge.lag ??= pending.get(operatorKey(edge.taker))?.pending ?? null;
  return {
    edges: [...edges.values()],
    partitions: joined.map((one) => ({ ...one, lag: one.lag ?? pendingOf(one.partition, pending) })),
    edgesOmitted,
    partitionsOmitted: all.length - joined.length,
  };
}

function extend(edge: ChannelEdge, delay: ChannelDelay | undefined, lag: number | null): void {
  edge.partitions += 1;
  edge.delay = laterDelay(edge.delay, delay);
  edge.lag = addLags(edge.lag, lag);
}

interface Pending {
  readonly channel: string;
  /** What waits for the operator; null: not known, or it may wait in several channels. */
  pending: number | null;
  partitions: number;
}

/** What the takers' client libraries know to wait; an operator that takes from several channels does not say in which. */
function pendingByOperator(
  partitions: readonly Partition[],
  windowOf: (worker: string) => WorkerWindow | undefined,
): Map<string, Pending> {
  const found = new Map<string, Pending>();
  for (const partition of partitions) {
    const channel = JSON.stringify([partition.system, partition.channel]);
    for (const taker of partition.takers) {
      const key = operatorKey(taker);
      const known = found.get(key);
      if (known === undefined) {
        const pending = operatorOf(taker, windowOf(taker.worker))?.pending ?? null;
        found.set(key, { channel, pending, partitions: 1 });
      } else {
        known.partitions += 1;
        if (known.channel !== channel) known.pending = null;
      }
    }
  }
  return found;
}

/** What waits in one partition, when one taker knows it and takes from no other. */
function pendingOf(partition: Partition, pending: ReadonlyMap<string, Pending>): number | null {
  let most: number | null = null;
  for (const taker of partition.takers) {
    const known = pending.get(operatorKey(taker));
    if (known?.partitions === 1 && known.pending !== null) most = Math.max(most ?? 0, known.pending);
  }
  return most;
}

function edgeKey(giver: WorkerPort, taker: WorkerPort): string {
  const { system, channel } = taker.partition;
  return JSON.stringify([operatorKey(giver), operatorKey(taker), system, channel]);
}

function operatorKey({ worker, snapshot }: WorkerPort): string {
  return `${snapshot.operatorId} ${worker}`;
}
