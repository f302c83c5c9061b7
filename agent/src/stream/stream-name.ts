import type { SourceLocation } from '../thread/messages.ts';
import type { StreamInternals } from './internals.ts';
import { userFunctions } from './user-functions.ts';

/** Names that say nothing about what a stream does. */
const GENERIC_CLASSES = new Set(['Readable', 'Writable', 'Transform', 'Duplex', 'PassThrough', 'Object', 'Stream', '']);
const GENERIC_FUNCTIONS = new Set([
  ...['transform', 'write', 'writev', 'read', 'final', 'flush', 'construct', 'streamgauge', ''],
  ...['_transform', '_write', '_writev', '_read', '_final', '_flush', '_construct', 'anonymous'],
]);

export interface StreamName {
  readonly name: string;
  readonly location: SourceLocation | undefined;
  /** It says of itself which side of the stream is meant. */
  readonly sided?: boolean;
}

const given: WeakMap<object, string> = new WeakMap();

/** Gives a stream a name that says more than its class, and which of its sides is in use. */
export function callStream(stream: object, name: string): void {
  given.set(stream, name);
}

/**
 * What a person would call a stream: its class, else the function it was given, else the place where it was connected.
 *
 * @param site gives that place; asked only when it is needed, because a call site costs some microseconds.
 */
export function streamName(stream: StreamInternals, site: () => SourceLocation | undefined): StreamName {
  const known = given.get(stream);
  if (known !== undefined) return { name: known, location: undefined, sided: true };
  const className = classNameOf(stream);
  if (!GENERIC_CLASSES.has(className)) return { name: withPeer(className, stream), location: undefined };
  const named = userFunctions(stream).find(
    (method) => !GENERIC_FUNCTIONS.has(String(method.name).replace(/^bound /, '')),
  );
  if (named !== undefined) return { name: String(named.name), location: undefined };
  const location = site();
  if (location === undefined) return { name: className || 'Stream', location };
  const file = location.file.split(/[\\/]/).at(-1);
  return { name: `${className || 'Stream'} ${file}:${location.line}`, location };
}

/** A connection is known by its other end. */
function withPeer(className: string, stream: object): string {
  if (className !== 'Socket' && className !== 'TLSSocket') return className;
  const { remoteAddress, remotePort } = stream as { remoteAddress?: unknown; remotePort?: unknown };
  return remoteAddress === undefined ? className : `${className} ${remoteAddress}:${remotePort}`;
}

function classNameOf(stream: StreamInternals): string {
  const name: unknown = (stream as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' ? name : '';
}
