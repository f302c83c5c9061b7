import { Clock } from '../board/layout.ts';
import { callerOf, fileOf, isUserFile, toLocation } from '../operator/call-site.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { GROWN_AFTER_MS, type YoungOne } from '../young/young.ts';
import type { Adoption } from './adoption.ts';
import { DataConsumer } from './data-consumer.ts';
import { hasReadableSide, isDestroyed, type Method, type ReadableInternals } from './internals.ts';
import { isAsync, ListenerCalls } from './listener-calls.ts';
import type { Patches } from './patch.ts';
import { ReadableFlag } from './state-flags.ts';
import { type StreamName, streamName } from './stream-name.ts';

/** What Node calls the listener with which it pipes. */
const LISTENER_OF_PIPE = 'ondata';

/** A listener of the user's in place of which one of ours is registered. */
interface Listening {
  readonly bornMs: number;
  /** Undefined when a call is over as soon as it returns. */
  readonly calls: ListenerCalls | undefined;
  consumer: DataConsumer | undefined;
  grown: boolean;
}

/** A listener that will be an operator if it is there for long. */
class YoungListener implements YoungOne {
  readonly bornMs: number;
  readonly #adoption: Adoption;
  readonly #stream: ReadableInternals;
  readonly #listening: Listening;
  /** Ours, with the user's as its property `listener`. */
  readonly #registered: Method & { readonly listener?: Method };
  readonly #caller: NodeJS.CallSite;

  constructor(
    adoption: Adoption,
    stream: ReadableInternals,
    listening: Listening,
    registered: Method,
    caller: NodeJS.CallSite,
  ) {
    this.bornMs = listening.bornMs;
    this.#adoption = adoption;
    this.#stream = stream;
    this.#listening = listening;
    this.#registered = registered;
    this.#caller = caller;
  }

  alive(): boolean {
    return !ReadableFlag.endEmitted(this.#stream._readableState) && !isDestroyed(this.#stream);
  }

  adopt(): boolean {
    const { graph } = this.#adoption;
    const stream = this.#stream;
    const registered = this.#registered;
    const { listener } = registered;
    this.#listening.grown = true;
    const removed = (): boolean =>
      !(stream as unknown as NodeJS.EventEmitter).rawListeners('data').includes(registered);
    if (graph.stopped || listener === undefined || removed()) return false;
    const { calls } = this.#listening;
    if (calls?.overflown === true) {
      graph.countDropped();
      return false;
    }
    const place = toLocation(this.#caller);
    const { name, location } = nameOf(listener, place);
    const consumer = graph.add(
      { name, kind: 'sink', unit: 'records', location },
      (identity) => new DataConsumer(identity, graph, stream, listener, removed),
    );
    if (consumer === undefined) return true;
    this.#listening.consumer = consumer;
    calls?.handOver(consumer);
    const source = streamName(stream, () => place);
    // A stream that flows hands out its chunks one by one, so that both ends count alike.
    this.#adoption.feed(stream, source, consumer, () => !consumer.released, { sameUnit: true });
    return true;
  }
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
        if (adoption.piping && listener.name === LISTENER_OF_PIPE) return original.call(this, event, listener);
        return original.call(this, event, followed(adoption, this, listener as Method, on) ?? listener);
      };
    });
  }
}

function followed(adoption: Adoption, stream: object, listener: Method, hook: Method): Method | undefined {
  const { graph, young } = adoption;
  if (graph.stopped || !hasReadableSide(stream) || 'listener' in listener) return undefined;
  try {
    const caller = callerOf(hook);
    if (caller === undefined || !isUserFile(fileOf(caller))) return undefined;
    const calls = isAsync(listener) ? new ListenerCalls() : undefined;
    const listening: Listening = { bornMs: graph.nowMs(), calls, consumer: undefined, grown: false };
    const clock = graph.board.clock;
    const data = function data(this: unknown, chunk: unknown): unknown {
      const { consumer } = listening;
      if (consumer !== undefined && !consumer.released) return consumer.take(this, chunk);
      if (listening.grown || graph.stopped) return listener.call(this, chunk);
      if ((clock[Clock.NOW_MS] as number) - listening.bornMs >= GROWN_AFTER_MS) young.hurry();
      const result: unknown = listener.call(this, chunk);
      return calls === undefined ? result : calls.follow(result as Promise<unknown>);
    };
    Object.defineProperty(data, 'listener', { value: listener });
    young.add(new YoungListener(adoption, stream, listening, data, caller));
    return data;
  } catch (error) {
    graph.onError(error);
    return undefined;
  }
}

function nameOf(listener: Method, place: SourceLocation | undefined): StreamName {
  const name = String(listener.name).replace(/^bound /, '');
  if (name !== '' && name !== 'data') return { name, location: place };
  const file = place?.file.split(/[\\/]/).at(-1);
  return { name: place === undefined ? "on('data')" : `on('data') ${file}:${place.line}`, location: place };
}
