import { Clock } from '../board/layout.ts';
import { callerOf, fileOf, isUserFile, toLocation } from '../operator/call-site.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { Adoption } from './adoption.ts';
import { DataConsumer } from './data-consumer.ts';
import { hasReadableSide, type Method, type ReadableInternals } from './internals.ts';
import type { Patches } from './patch.ts';
import { type StreamName, streamName } from './stream-name.ts';
import { GROWN_AFTER_MS } from './young.ts';

/** A listener of the user's in place of which one of ours is registered. */
interface Listening {
  readonly stream: ReadableInternals;
  readonly listener: Method;
  readonly place: SourceLocation | undefined;
  readonly bornMs: number;
  consumer: DataConsumer | undefined;
  adopted: boolean;
}

/**
 * Follows what user code takes from a stream with `on('data')`.
 *
 * Another function is registered in place of the listener, in the way of `once()`: it carries the listener as its property
 * `listener`, so that it is found by whoever lists or removes listeners.
 */
export function hookDataListeners(patches: Patches, adoption: Adoption, prototype: object): void {
  for (const name of ['on', 'addListener']) {
    patches.method(prototype as Record<string, unknown>, name, (original: Method): Method => {
      return function on(this: object, event: unknown, listener: unknown): unknown {
        if (event !== 'data' || typeof listener !== 'function') return original.call(this, event, listener);
        return original.call(this, event, followed(adoption, this, listener as Method, on) ?? listener);
      };
    });
  }
}

function followed(adoption: Adoption, stream: object, listener: Method, hook: Method): Method | undefined {
  const { graph } = adoption;
  if (graph.stopped || !hasReadableSide(stream) || 'listener' in listener) return undefined;
  try {
    const caller = callerOf(hook);
    if (caller === undefined || !isUserFile(fileOf(caller))) return undefined;
    const listening: Listening = {
      stream,
      listener,
      place: toLocation(caller),
      bornMs: graph.nowMs(),
      consumer: undefined,
      adopted: false,
    };
    const clock = graph.board.clock;
    const data = function data(this: unknown, chunk: unknown): unknown {
      const { consumer } = listening;
      if (consumer !== undefined && !consumer.released) return consumer.take(this, chunk);
      if (!listening.adopted && (clock[Clock.NOW_MS] as number) - listening.bornMs >= GROWN_AFTER_MS) {
        adoption.later(listening, () => adopt(adoption, listening, data));
      }
      return listener.call(this, chunk);
    };
    adoption.young.add(listening.bornMs, () => adopt(adoption, listening, data));
    return Object.defineProperty(data, 'listener', { value: listener });
  } catch (error) {
    graph.onError(error);
    return undefined;
  }
}

function adopt(adoption: Adoption, listening: Listening, registered: Method): void {
  const { stream, listener, place } = listening;
  const { graph } = adoption;
  if (listening.adopted || graph.stopped) return;
  listening.adopted = true;
  const removed = (): boolean => !(stream as unknown as NodeJS.EventEmitter).rawListeners('data').includes(registered);
  if (removed()) return;
  const { name, location } = nameOf(listener, place);
  const consumer = graph.add(
    { name, kind: 'sink', unit: 'records', location },
    (identity) => new DataConsumer(identity, graph, stream, listener, removed),
  );
  if (consumer === undefined) return;
  listening.consumer = consumer;
  const source = adoption.source(
    stream,
    streamName(stream, () => place),
    [],
  );
  if (source !== undefined) graph.connect(source, consumer, 'pipe', 0, [], () => !consumer.released);
}

function nameOf(listener: Method, place: SourceLocation | undefined): StreamName {
  const name = String(listener.name).replace(/^bound /, '');
  if (name !== '' && name !== 'data') return { name, location: place };
  const file = place?.file.split(/[\\/]/).at(-1);
  return { name: place === undefined ? "on('data')" : `on('data') ${file}:${place.line}`, location: place };
}
