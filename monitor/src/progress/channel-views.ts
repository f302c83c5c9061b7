import type { ChannelEdge, JoinedPartition } from '../channel/join.ts';
import type { WorkerPort } from '../channel/partition.ts';
import { positionText } from '../channel/position.ts';
import type { WorkerWindow } from '../model/worker-window.ts';
import type { ChannelView, EdgeView } from '../progress-monitor.ts';
import { globalId } from './global-id.ts';

/** Producers and consumers that a channel names; a dashboard draws no more. */
const maxNamed = 50;

/** An edge through a broker; window is that of the worker that gives. */
export function channelEdgeView(
  { giver, taker, partitions, delay, lag }: ChannelEdge,
  window?: WorkerWindow,
): EdgeView {
  const source = operatorId(giver);
  const target = operatorId(taker);
  const { system, channel } = taker.partition;
  return {
    id: `${source}>${target} ${system}/${channel}`,
    source,
    target,
    worker: taker.worker,
    queued: lag,
    capacity: null,
    fill: null,
    markerDelayMs: delay?.ms ?? null,
    back: false,
    closed: window?.departure?.how === 'left',
    position: 'count',
    channel: { system, channel, partitions, atLeast: delay?.atLeast ?? false },
  };
}

/** A partition with those who give to it and take from it. */
export function channelView({ partition, newest, reached, delay, lag }: JoinedPartition): ChannelView {
  const { system, channel, name, givers, takers, minorUsed } = partition;
  const ports = [...givers, ...takers];
  return {
    system,
    channel,
    partition: name,
    producers: [...givers].slice(0, maxNamed).map(operatorId),
    consumers: [...takers].slice(0, maxNamed).map(operatorId),
    producerCount: givers.size,
    consumerCount: takers.size,
    newest: newest === null ? null : positionText(newest, minorUsed),
    reached: reached === null || reached.major < 0 ? null : positionText(reached, minorUsed),
    lag,
    markerDelayMs: delay?.ms ?? null,
    unpositioned: ports.reduce((sum, { snapshot }) => sum + snapshot.unpositioned, 0),
  };
}

function operatorId({ worker, snapshot }: WorkerPort): string {
  return globalId(worker, snapshot.operatorId);
}
