import type { ReadableState, WritableState } from './internals.ts';
import { ReadableFlag, WritableFlag } from './state-flags.ts';

/** How many chunks a readable side holds. */
export function chunkCount(state: ReadableState): number {
  return state.buffer.length - (state.bufferIndex ?? 0);
}

function lengthInTarget(chunk: unknown, target: WritableState): number {
  if (typeof chunk === 'string') {
    return !WritableFlag.decodeStrings(target) ? chunk.length : Buffer.byteLength(chunk, target.defaultEncoding);
  }
  const sized = chunk as { byteLength?: number; length?: number };
  return sized.byteLength ?? sized.length ?? 0;
}

/**
 * What a readable side holds, in the unit in which a writable side will count it.
 *
 * The two count alike only when both count objects or both count bytes. A wrong unit would put a marker at a position that is
 * never reached, and a healthy pipeline would look stalled for ever.
 */
export function bufferedFor(source: ReadableState, target: WritableState): number {
  const takesObjects = WritableFlag.objectMode(target);
  if (ReadableFlag.objectMode(source) === takesObjects && (takesObjects || !source.decoder)) return source.length;
  if (takesObjects) return chunkCount(source);
  let bytes = 0;
  let skip = source.bufferIndex ?? 0;
  for (const chunk of source.buffer) {
    if (skip > 0) skip--;
    else bytes += lengthInTarget(chunk, target);
  }
  return bytes;
}
