import { OperatorState } from '../board/layout.ts';
import { CountedOperator } from '../operator/counted-operator.ts';
import type { Graph } from '../operator/graph.ts';
import type { OperatorIdentity } from '../operator/operator.ts';
import type { Method } from '../stream/internals.ts';
import type { OperatorInspection } from '../tracker.ts';

/** Bit of its state that says that a write has begun and not ended. */
const WRITING = 2 ** 26;

interface Queue {
  readonly length: number;
}

interface ReadableSide {
  readonly queue: Queue;
  readonly buffered: number;
  readonly highWaterMark: number;
  readonly ended: boolean;
}

interface WritableSide {
  readonly queue: Queue;
  readonly ended: boolean;
  push(data: unknown): boolean;
  afterWrite(error?: Error | null): void;
}

/** A stream of the package streamx, which keeps its state in a way of its own. */
export interface StreamxStream {
  readonly _readableState?: ReadableSide | null;
  readonly _writableState?: WritableSide | null;
  readonly _duplexState?: number;
  readonly destroyed?: boolean;
  readonly destroying?: boolean;
}

/** False for a version that keeps its state differently. */
export function isStreamx(value: unknown): value is StreamxStream {
  const { _readableState: readable, _writableState: writable } = (value ?? {}) as StreamxStream;
  const sides = [readable, writable].filter((side) => side !== null && side !== undefined);
  const known = ({ queue }: { readonly queue?: Queue }): boolean => typeof queue?.length === 'number';
  return sides.length > 0 && sides.every(known) && (!writable || typeof writable.afterWrite === 'function');
}

/**
 * One stream, in records whatever they weigh. What was pushed and does not lie in the queue after a write is completed, so that
 * writes of whole batches are counted as well.
 */
export class StreamxOperator extends CountedOperator {
  readonly #stream: StreamxStream;
  readonly #unhook: () => void;
  /** A write that had begun when it was adopted ends past the hook. */
  #before = false;

  constructor(identity: OperatorIdentity, graph: Graph, stream: StreamxStream) {
    super(identity, graph);
    this.#stream = stream;
    const { _writableState: writable } = stream;
    this.#unhook = writable ? hookWrites(this, writable) : () => undefined;
    if (writable && isWriting(stream)) {
      this.#before = true;
      this.receive();
    }
  }

  override adapt(): void {
    if (!this.#before || isWriting(this.#stream)) return;
    this.#before = false;
    this.finishUpTo(this.received - (this.#stream._writableState?.queue.length ?? 0));
  }

  override buffered(): number {
    return this.#stream._readableState?.queue.length ?? 0;
  }

  override held(): number {
    return this.buffered();
  }

  override state(): OperatorState {
    const readable = this.#stream._readableState;
    const full = readable ? readable.queue.length > 0 && readable.buffered >= readable.highWaterMark : false;
    if (full && (this.queued() > 0 || this.kind === 'source')) return OperatorState.BACKPRESSURED;
    return super.state();
  }

  override inspect(): OperatorInspection {
    return { ...super.inspect(), functions: ownFunctions(this.#stream), awaits: false };
  }

  override progress(): 'open' | 'finished' | 'released' | 'cut' {
    const { _readableState: readable, _writableState: writable } = this.#stream;
    const over = (!readable || readable.ended) && (!writable || writable.ended);
    if (over) return 'released';
    if (this.#stream.destroyed === true || this.#stream.destroying === true) return 'cut';
    return writable?.ended === true ? 'finished' : 'open';
  }

  override detach(): void {
    this.#unhook();
  }
}

const SLOTS = ['_transform', '_write', '_writev', '_flush', '_final', '_read', '_open'] as const;
const BASES: ReadonlySet<string> = new Set(['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough', 'Stream']);

/** What was given to the stream or is written in its class, without what it has from the package. */
function ownFunctions(stream: StreamxStream): Method[] {
  const found: Method[] = [];
  let owner: object | null = stream;
  while (owner !== null && (owner === stream || !BASES.has(owner.constructor?.name))) {
    for (const slot of SLOTS) {
      const method: unknown = Object.getOwnPropertyDescriptor(owner, slot)?.value;
      if (typeof method === 'function') found.push(method as Method);
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return found;
}

function isWriting({ _duplexState: state }: StreamxStream): boolean {
  return typeof state === 'number' && (state & WRITING) !== 0;
}

/** Both are replaced on the object by plain assignment, and put back the same way. */
function hookWrites(operator: StreamxOperator, writable: WritableSide): () => void {
  const { push, afterWrite } = writable;
  operator.receive(writable.queue.length);
  const pushed = function (this: WritableSide, data: unknown): boolean {
    const before = this.queue.length;
    const room = push.call(this, data);
    // A stream that is being destroyed drops what it is given.
    if (this.queue.length > before) operator.receive();
    return room;
  };
  const written = (error?: Error | null): void => {
    operator.finishUpTo(operator.received - writable.queue.length);
    afterWrite(error);
  };
  writable.push = pushed;
  writable.afterWrite = written;
  return () => {
    if (writable.push === pushed) writable.push = push;
    if (writable.afterWrite === written) writable.afterWrite = afterWrite;
  };
}
