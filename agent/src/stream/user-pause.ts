import { type Condition, newCondition } from '../operator/condition.ts';
import type { ReadableInternals } from './internals.ts';
import { ReadableFlag } from './state-flags.ts';

/** What an operator tells whose stream was paused, or corked, by the program itself. */
export const PAUSED: Readonly<Condition> = Object.freeze({ ...newCondition(), pauseReason: 'stream.pause()' });
export const CORKED: Readonly<Condition> = Object.freeze({ ...newCondition(), pauseReason: 'stream.cork()' });
/** The same of one that opens what it writes to before it takes anything. */
export const CONSTRUCTING: Readonly<Condition> = Object.freeze({ ...newCondition(), pauseReason: '_construct()' });
/** From then on it counts as one that hangs, milliseconds. */
export const CONSTRUCTED_WITHIN_MS = 10_000;

/**
 * Whether the program has called pause() on a stream that somebody would read. A pipe calls it as well, when its target is full,
 * and so does whoever takes the last pipe away: then nobody reads.
 */
export function isPausedByProgram(stream: ReadableInternals): boolean {
  const state = stream._readableState;
  if (state.flowing !== false || !ReadableFlag.paused(state) || ReadableFlag.readableListening(state)) return false;
  return !awaitsDrain(state) && (stream.listenerCount?.('data') ?? 0) > 0;
}

function awaitsDrain({ awaitDrainWriters, awaitDrain }: ReadableInternals['_readableState']): boolean {
  if (typeof awaitDrain === 'number') return awaitDrain > 0;
  if (typeof awaitDrainWriters !== 'object' || awaitDrainWriters === null) return false;
  return !(awaitDrainWriters instanceof Set) || awaitDrainWriters.size > 0;
}
