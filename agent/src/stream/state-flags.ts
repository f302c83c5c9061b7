import { Readable, Writable } from 'node:stream';
import type { ReadableState, StreamInternals, WritableState } from './internals.ts';

/** Reads one flag of the state of a stream. */
export type Flag<State> = (state: State) => boolean;

/**
 * From Node 22 on the flags of a stream's state are bits of one number, read through getters that all share one piece of code.
 * Node's own hot path runs through it too, and V8 remembers there whatever kind of state it has ever met: asking a stream for
 * its flags before it flows made every record of a fast pipeline a fifth more expensive. So the bit of each flag is found once,
 * with a stream made for it, and read directly.
 */
function flagOf<State extends object>(specimen: State, name: string): Flag<State> {
  const plain: Flag<State> = (state) => Boolean((state as Record<string, unknown>)[name]);
  const bits = Object.getOwnPropertySymbols(specimen).find((symbol) => symbol.description === 'kState');
  const accessor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(specimen), name);
  if (bits === undefined || accessor?.get === undefined || accessor.set === undefined) return plain;
  const look = (value: boolean): unknown => {
    (specimen as Record<string, unknown>)[name] = value;
    return (specimen as Record<symbol, unknown>)[bits];
  };
  const [set, clear] = [look(true), look(false)];
  if (typeof set !== 'number' || typeof clear !== 'number') return plain;
  const bit = set ^ clear;
  // Exactly one bit, or it is not what it looks like.
  if (bit === 0 || (bit & (bit - 1)) !== 0) return plain;
  return (state) => {
    const number = (state as Record<symbol, unknown>)[bits];
    return typeof number === 'number' ? (number & bit) !== 0 : plain(state);
  };
}

function specimens(): { readable: ReadableState; writable: WritableState } {
  const readable = new Readable() as unknown as StreamInternals;
  const writable = new Writable() as unknown as StreamInternals;
  return { readable: readable._readableState as ReadableState, writable: writable._writableState as WritableState };
}

const { readable, writable } = specimens();

/** What the tracker asks about a readable side. */
export const ReadableFlag: Readonly<
  Record<'objectMode' | 'endEmitted' | 'destroyed' | 'paused' | 'readableListening', Flag<ReadableState>>
> = {
  objectMode: flagOf(readable, 'objectMode'),
  endEmitted: flagOf(readable, 'endEmitted'),
  destroyed: flagOf(readable, 'destroyed'),
  /** pause() was called, and resume() was not since. */
  paused: flagOf(readable, 'paused'),
  readableListening: flagOf(readable, 'readableListening'),
};

/** What the tracker asks about a writable side. */
export const WritableFlag: Readonly<
  Record<
    | 'objectMode'
    | 'writing'
    | 'sync'
    | 'ending'
    | 'finished'
    | 'needDrain'
    | 'decodeStrings'
    | 'destroyed'
    | 'constructed',
    Flag<WritableState>
  >
> = {
  objectMode: flagOf(writable, 'objectMode'),
  /** The implementation has a record. */
  writing: flagOf(writable, 'writing'),
  /** The implementation has been called and has not returned. */
  sync: flagOf(writable, 'sync'),
  /** end() was called. */
  ending: flagOf(writable, 'ending'),
  finished: flagOf(writable, 'finished'),
  /** It has told its writer to wait. */
  needDrain: flagOf(writable, 'needDrain'),
  decodeStrings: flagOf(writable, 'decodeStrings'),
  destroyed: flagOf(writable, 'destroyed'),
  /** _construct() has called back, or there is none. Absent in old copies of the stream code. */
  constructed: flagOf(writable, 'constructed'),
};
