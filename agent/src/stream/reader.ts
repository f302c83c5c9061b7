import type { StreamInternals } from './internals.ts';

/** True when somebody is attached who will take what the readable side holds. */
export function hasReader(stream: StreamInternals): boolean {
  if (stream._readableState?.flowing === true) return true;
  const count = stream.listenerCount?.bind(stream);
  return count !== undefined && (count('data') > 0 || count('readable') > 0);
}

/** How many hear of each chunk that a readable side emits. */
export function hearers(stream: StreamInternals): number {
  return stream.listenerCount?.('data') ?? 0;
}
