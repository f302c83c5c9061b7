import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';
import type { Method, StreamInternals } from './internals.ts';

const SLOTS = ['_transform', '_write', '_writev', '_flush', '_final', '_read', '_construct'] as const;

const BASES = [Readable, Writable, Duplex, Transform, PassThrough] as const;

/** By name, because the package readable-stream has its own copies of them. */
const BASE_NAMES: ReadonlySet<unknown> = new Set(['', 'Object', 'Stream', ...BASES.map((base) => base.name)]);

const OF_NODE: ReadonlySet<unknown> = new Set(
  BASES.flatMap((base) => SLOTS.map((slot) => (base.prototype as StreamInternals)[slot])),
);

/**
 * The functions that a user or a library has given to a stream, without those that every stream has from Node. Its class
 * comes last: a stuck call is often in a method that none of the others awaits.
 */
export function userFunctions(stream: StreamInternals): readonly Method[] {
  const found = SLOTS.map((slot) => stream[slot]).filter((method) => typeof method === 'function');
  const ownClass = stream.constructor as Method;
  if (typeof ownClass === 'function' && !BASE_NAMES.has(ownClass.name)) found.push(ownClass);
  return [...new Set(found)].filter((method) => !OF_NODE.has(method));
}
