import { setJob } from '../operator/jobs.ts';
import type { Side } from './side.ts';

/**
 * From a stream, or the controller of one, to its side. Not a private field on the object, which would cost a stream less to make:
 * it changes the shape of the object, and Node's own code then takes an eighth longer for every chunk.
 */
const sides: WeakMap<object, Side> = new WeakMap();

export function rememberSide(object: object, side: Side): void {
  sides.set(object, side);
}

/** Says which dataflow a stream belongs to, where it has a side already; one that it gets later asks for what was said. */
export function assignSide(stream: object, job: string): void {
  const side = sideOf(stream);
  if (side === undefined) return;
  side.job = job;
  if (side.operator !== undefined) setJob(side.operator, job, side.graph.options.post);
}

/** Undefined also for what an agent has left that is stopped. */
export function sideOf(object: object): Side | undefined {
  const side = sides.get(object);
  return side === undefined || side.graph.stopped ? undefined : side;
}
