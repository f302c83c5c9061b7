import { OutgoingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Adoption } from '../stream/adoption.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { streamName } from '../stream/stream-name.ts';
import { OutgoingOperator } from './outgoing-operator.ts';

/** Requests that are over sooner than this are left alone. Milliseconds. */
const YOUNG_MS = 50;
/** At most this many wait to be shown; more are left alone. */
const MAX_YOUNG = 10_000;

interface Pipe {
  readonly source: Readable;
  readonly target: OutgoingMessage;
}

/** Shows pipes into requests and responses, which have no state that a stream has. One entry in a list until one lasts. */
export function hookOutgoing(patches: Patches, adoption: Adoption): void {
  const { graph } = adoption;
  let young: Pipe[] = [];

  const adopt = (): void => {
    const pipes = young;
    young = [];
    if (graph.stopped) return;
    graph.emptyStack.enter(() => {
      for (const { source, target } of pipes) {
        if (target.destroyed || target.writableFinished || source.destroyed) continue;
        connect(adoption, source, target);
      }
    });
  };

  patches.method(Readable.prototype as unknown as Record<string, unknown>, 'pipe', (original: Method): Method => {
    return function pipe(this: Readable, target: unknown, options: unknown): unknown {
      if (target instanceof OutgoingMessage && !graph.stopped && young.length < MAX_YOUNG) {
        if (young.length === 0) setTimeout(adopt, YOUNG_MS).unref();
        young.push({ source: this, target });
      }
      return original.call(this, target, options);
    };
  });
}

function connect(adoption: Adoption, source: Readable, target: OutgoingMessage): void {
  const { graph } = adoption;
  const from = adoption.source(
    source as object,
    streamName(source as object, () => undefined),
    [],
  );
  if (from === undefined) return;
  const name = target.constructor.name;
  const into = graph.add(
    { name, kind: 'sink', unit: 'bytes', location: undefined },
    (identity) => new OutgoingOperator(identity, graph, target),
  );
  if (into === undefined) return;
  const held = new WeakRef(target);
  graph.connect(from, into, 'through', 0, [], () => {
    const message = held.deref();
    return message !== undefined && !message.destroyed && !message.writableFinished;
  });
}
