import { OutgoingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Adoption } from '../stream/adoption.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { streamName } from '../stream/stream-name.ts';
import type { YoungOne } from '../young/young.ts';
import { OutgoingOperator } from './outgoing-operator.ts';

/** Shows pipes into requests and responses, which have no state that a stream has; never before they have lived for a while. */
export function hookOutgoing(patches: Patches, adoption: Adoption): void {
  patches.method(Readable.prototype as unknown as Record<string, unknown>, 'pipe', (original: Method): Method => {
    return function pipe(this: Readable, target: unknown, options: unknown): unknown {
      if (target instanceof OutgoingMessage && !adoption.graph.stopped) {
        adoption.young.add(new YoungAnswer(adoption, this, target));
      }
      return original.call(this, target, options);
    };
  });
}

/** A pipe into a message, which may be over in a moment. */
class YoungAnswer implements YoungOne {
  readonly bornMs: number;
  readonly #adoption: Adoption;
  readonly #source: Readable;
  readonly #target: OutgoingMessage;

  constructor(adoption: Adoption, source: Readable, target: OutgoingMessage) {
    this.bornMs = adoption.graph.nowMs();
    this.#adoption = adoption;
    this.#source = source;
    this.#target = target;
  }

  alive(): boolean {
    return !this.#target.destroyed && !this.#target.writableFinished && !this.#source.destroyed;
  }

  adopt(): boolean {
    connect(this.#adoption, this.#source, this.#target);
    return true;
  }
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
