import { ReadableFlag, WritableFlag } from './state-flags.ts';

/**
 * The parts of Node's stream objects that the tracker reads. They are semi-private, stable in Node 20 to 26 and in the npm
 * package readable-stream 2 to 4, and feature-detected for each stream: what is missing makes the stream known by its edges only.
 */

/** Called by an implementation when it has taken a chunk; own property of every writable state. */
export type WriteCallback = (error?: Error | null) => void;

/** Without its flags: those are read with ReadableFlag. */
export interface ReadableState {
  readonly length: number;
  readonly highWaterMark: number;
  /** An array from Node 22 on, a linked list before. */
  readonly buffer: Iterable<unknown> & { readonly length: number };
  /** First used element of the array. */
  readonly bufferIndex?: number;
  readonly decoder: unknown;
  readonly flowing: boolean | null;
  /** Something was read of it. Absent in old copies of the stream code. */
  readonly dataEmitted?: boolean;
  readonly pipes: unknown;
  /** The full targets of its pipes: one, several, or none. */
  readonly awaitDrainWriters?: unknown;
  /** How many there are, in readable-stream 2 and 3. */
  readonly awaitDrain?: unknown;
}

/** Without its flags: those are read with WritableFlag. */
export interface WritableState {
  readonly length: number;
  readonly highWaterMark: number;
  /** Length of what the implementation holds now, 0 when it holds nothing. */
  readonly writelen: number;
  readonly corked: number;
  readonly defaultEncoding: BufferEncoding;
  onwrite: WriteCallback;
}

// biome-ignore lint/suspicious/noExplicitAny: implementations have every kind of signature
export type Method = (this: any, ...args: any[]) => any;

/** A Node stream seen from inside. */
export interface StreamInternals {
  readonly _readableState?: ReadableState;
  readonly _writableState?: WritableState;
  _write?: Method;
  _writev?: Method | null;
  _transform?: Method;
  _flush?: Method;
  _final?: Method;
  _read?: Method;
  _construct?: Method;
  write?: Method;
  push?: Method;
  unshift?: Method;
  listenerCount?(event: string): number;
  readonly _isStdio?: boolean;
}

/** A stream with a writable side whose completions can be counted. */
export interface WritableInternals extends StreamInternals {
  readonly _writableState: WritableState;
}

/** A stream with a readable side. */
export interface ReadableInternals extends StreamInternals {
  readonly _readableState: ReadableState;
}

export function hasWritableSide(value: unknown): value is WritableInternals {
  const state = (value as StreamInternals | undefined)?._writableState;
  return typeof state === 'object' && state !== null;
}

export function hasReadableSide(value: unknown): value is ReadableInternals {
  const state = (value as StreamInternals | undefined)?._readableState;
  return typeof state === 'object' && state !== null;
}

/** False for streams that keep their state elsewhere, such as streamx. */
export function canCountCompletions(stream: WritableInternals): boolean {
  const state = stream._writableState;
  return typeof state.onwrite === 'function' && typeof state.writelen === 'number' && typeof state.length === 'number';
}

/** A stream whose output comes from its input, as opposed to a duplex whose sides are independent. */
export function isTransform(stream: StreamInternals): boolean {
  return typeof stream._transform === 'function' && hasReadableSide(stream) && hasWritableSide(stream);
}

export function isDestroyed(stream: StreamInternals): boolean {
  const { _readableState: readable, _writableState: writable } = stream;
  return (
    (readable !== undefined && ReadableFlag.destroyed(readable)) ||
    (writable !== undefined && WritableFlag.destroyed(writable))
  );
}

/** True while one stream is piped into another one. */
export function isPiped(source: StreamInternals, target: StreamInternals): boolean {
  const pipes = source._readableState?.pipes;
  return Array.isArray(pipes) ? pipes.includes(target) : pipes === target;
}

let heldCallback: symbol | undefined;

/** True when a transform keeps its callback back because its output is full. */
export function holdsCallback(stream: StreamInternals): boolean {
  // One symbol serves every stream of a copy of the stream code; a second copy only costs the look-up.
  if (heldCallback === undefined || !(heldCallback in stream)) {
    heldCallback = Object.getOwnPropertySymbols(stream).find((symbol) => symbol.description === 'kCallback');
    if (heldCallback === undefined) return false;
  }
  return typeof (stream as Record<symbol, unknown>)[heldCallback] === 'function';
}
