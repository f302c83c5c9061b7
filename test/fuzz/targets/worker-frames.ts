import type { WorkerMessage } from '@streamgauge/proto';
import { WORKER_GOLDEN } from '../../unit/proto/golden-messages.ts';
import type { Target } from '../target.ts';

/** Names of messages that carry values at the edge of what there is, some of which a monitor refuses. */
const ODD = /-(?:extreme|infinite)$/;

/** A frame of every message that a worker has, in some form. */
export function framesOf(encode: (message: WorkerMessage) => Uint8Array): Pick<Target, 'seeds' | 'oddities'> {
  const named = Object.entries(WORKER_GOLDEN).map(([name, message]) => ({
    odd: ODD.test(name),
    frame: encode(message),
  }));
  return {
    seeds: named.flatMap(({ odd, frame }) => (odd ? [] : [frame])),
    oddities: named.flatMap(({ odd, frame }) => (odd ? [frame] : [])),
  };
}
