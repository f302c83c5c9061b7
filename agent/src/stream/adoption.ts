import { Allowance } from '../allowance.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { EdgeKind, Relay } from '../operator/edge.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf, nameJob, setJob } from '../operator/jobs.ts';
import type { Operator } from '../operator/operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { ADOPTED_AT_ONCE, Young } from '../young/young.ts';
import { bufferedFor, chunkCount } from './buffered.ts';
import {
  canCountCompletions,
  hasReadableSide,
  hasWritableSide,
  isDestroyed,
  isPiped,
  isTransform,
  type Method,
  type StreamInternals,
} from './internals.ts';
import { ReadableOperator } from './readable-operator.ts';
import { ReadableFlag, WritableFlag } from './state-flags.ts';
import { type StreamName, streamName } from './stream-name.ts';
import { WritableOperator } from './writable-operator.ts';
import { YoungLink } from './young-link.ts';

/** Either a stream, or an operator that is no stream. */
export type Endpoint = StreamInternals | Operator;

interface Link {
  readonly source: Endpoint;
  readonly target: StreamInternals;
  readonly kind: EdgeKind;
  readonly sourceName: StreamName | undefined;
  readonly targetName: StreamName;
}

/** How something other than a stream takes what a stream gives. */
export interface FeedOptions {
  /** It counts in the unit in which the stream does. Default: false. */
  readonly sameUnit?: boolean;
  /** Default: pipe. */
  readonly kind?: EdgeKind;
}

interface Sides {
  input?: Operator;
  output?: Operator;
}

/** The outer stream of a composition, and the streams that do its work. */
interface Composition {
  readonly head: StreamInternals | undefined;
  readonly tail: StreamInternals | undefined;
}

/** At most this many connections wait for the empty stack; more in one turn are left alone and counted. */
const MAX_NOTED = 10_000;

/**
 * Turns streams into operators.
 *
 * A connection is only noted when it is made, and adopted when the stack is empty, before anything has flowed. Beyond a budget
 * it is adopted only when it has lived for a while: streams that live for one request cost one entry in a list.
 */
export class Adoption {
  readonly graph: Graph;
  /** What is adopted only when it has lived for a while, of every kind. */
  readonly young: Young;
  readonly #sides: WeakMap<object, Sides> = new WeakMap();
  readonly #compositions: WeakMap<object, Composition> = new WeakMap();
  readonly #opaque: WeakSet<object> = new WeakSet();
  /** A stream is being piped into another one: Node registers listeners of its own. */
  piping = false;
  /** Streams whose writer is no stream, and is found by itself. */
  readonly written: WeakSet<object> = new WeakSet();
  readonly #givers: WeakMap<object, () => Operator | undefined> = new WeakMap();
  #noted: Link[] = [];

  constructor(graph: Graph, budget: Pick<Allowance, 'take'> = new Allowance(ADOPTED_AT_ONCE)) {
    this.graph = graph;
    this.young = new Young(graph, budget);
  }

  /** Notes that one stream writes into another, which was said by a call of the hook. */
  link(source: StreamInternals, target: unknown, kind: EdgeKind, hook: Method): void {
    if (this.graph.stopped || !hasWritableSide(target)) return;
    if (this.young.takesAtOnce()) this.linkNow(source, target, kind, () => userCallSite(hook));
    else this.young.add(new YoungLink(this, source, target, kind));
  }

  /** The same where it is not to wait. */
  linkNow(source: Endpoint, target: unknown, kind: EdgeKind, site: () => SourceLocation | undefined): void {
    if (this.graph.stopped || !hasWritableSide(target)) return;
    if (this.#noted.length >= MAX_NOTED) {
      this.graph.countDropped();
      return;
    }
    let known: SourceLocation | undefined;
    const once = (): SourceLocation | undefined => {
      known ??= site();
      return known;
    };
    const sourceName = 'graph' in source ? undefined : streamName(source, once);
    this.#noted.push({ source, target, kind, sourceName, targetName: streamName(target, once) });
    this.graph.emptyStack.run(this, () => this.adopt());
  }

  /** Adopts the source that feeds something other than a stream. Only on an empty stack. */
  feed(
    source: unknown,
    name: StreamName,
    into: Operator,
    connected: () => boolean,
    { sameUnit = false, kind = 'pipe' }: FeedOptions = {},
  ): void {
    if (!hasReadableSide(source)) return;
    const outer: StreamInternals[] = [];
    const from = this.source(source, name, outer);
    if (from === undefined) return;
    const relays = outer.map((stream): Relay => ({ buffered: (operator) => relayOutput(stream, operator) }));
    const known = outer.some((stream) => this.#opaque.has(stream)) ? 'through' : kind;
    const edge = this.graph.connect(from, into, known, readableCapacity(source), relays, connected);
    // When its lengths are in another unit than what it feeds counts, markers wait until they are handed over.
    if (!sameUnit) edge?.share();
  }

  /** Does something on an empty stack that may adopt streams; it is not lost when the event loop never comes round to its timers. */
  later(key: object, task: () => void): void {
    this.graph.emptyStack.run(key, task);
  }

  /** Notes that a stream does nothing but hand on to and from others; opaque: with more in between, which nobody can see. */
  compose(outer: unknown, head: unknown, tail: unknown, opaque = false): void {
    if (typeof outer !== 'object' || outer === null) return;
    if (opaque) this.#opaque.add(outer);
    this.#compositions.set(outer, {
      head: hasWritableSide(head) ? head : undefined,
      tail: hasReadableSide(tail) ? tail : undefined,
    });
  }

  /** Says that what a stream gives comes from an operator that is no stream; asked for when the stream is adopted. */
  give(stream: object, giver: () => Operator | undefined): void {
    this.#givers.set(stream, giver);
  }

  /** The operator that reads what is written into a stream. */
  input(stream: object): Operator | undefined {
    return this.#sides.get(stream)?.input;
  }

  /** Says which dataflow a stream belongs to; a composition is what lies at its two ends. */
  assign(stream: object, job: string): void {
    nameJob(stream, job);
    const { input, output } = this.#sides.get(stream) ?? {};
    for (const operator of [input, output]) if (operator !== undefined) setJob(operator, job, this.graph.options.post);
    const { head, tail } = this.#compositions.get(stream) ?? {};
    for (const end of [head, tail]) if (end !== undefined && end !== stream) this.assign(end, job);
  }

  /** Adopts everything noted until now. Only on an empty stack. */
  adopt(): void {
    const noted = this.#noted;
    this.#noted = [];
    for (const link of noted) {
      try {
        this.#connect(link);
      } catch (error) {
        this.graph.onError(error);
      }
    }
  }

  /** The operator whose output a stream gives; adopts the stream when it is new. */
  source(stream: StreamInternals, name: StreamName, relays: StreamInternals[]): Operator | undefined {
    let inner = stream;
    for (
      let tail = this.#compositions.get(inner)?.tail;
      tail !== undefined;
      tail = this.#compositions.get(inner)?.tail
    ) {
      relays.push(inner);
      inner = tail;
    }
    if (!hasReadableSide(inner) || isDestroyed(inner)) return undefined;
    const sides = this.#sidesOf(inner);
    if (sides.output !== undefined || sides.input?.released) return sides.output;
    const given = this.#givers.get(inner)?.();
    if (given !== undefined) {
      sides.output = given;
      const job = jobOf(inner);
      if (job !== '') setJob(given, job, this.graph.options.post);
      return given;
    }
    if (isTransform(inner)) return this.#adoptWritable(inner, sides, inner === stream ? name : ownName(inner));
    const readable = inner;
    const isDuplex = hasWritableSide(inner);
    const { name: label, location, sided } = inner === stream ? name : ownName(inner);
    sides.output = this.graph.add(
      {
        name: isDuplex && !sided ? `${label} (source)` : label,
        kind: 'source',
        unit: ReadableFlag.objectMode(readable._readableState) ? 'records' : 'bytes',
        location,
        job: jobOf(inner),
      },
      (identity) => new ReadableOperator(identity, this.graph, readable, isDuplex),
    ) as Operator;
    return sides.output;
  }

  #connect({ source, target, kind, sourceName, targetName }: Link): void {
    if (kind === 'pipe' && !isPiped(source as StreamInternals, target)) return;
    const after: StreamInternals[] = [];
    const before: StreamInternals[] = [];
    if (isDestroyed(target) || (!('graph' in source) && isDestroyed(source))) return;
    const from = 'graph' in source ? source : this.source(source, sourceName as StreamName, after);
    const into = this.#target(target, targetName, before);
    if (from === undefined || into === undefined) return;
    const relays: Relay[] = [
      ...after.map((outer): Relay => ({ buffered: (operator) => relayOutput(outer, operator) })),
      ...before.map((outer): Relay => ({ buffered: () => relayInput(outer) })),
    ];
    const capacity = (target._writableState?.highWaterMark ?? 0) + ('graph' in source ? 0 : readableCapacity(source));
    const connected = kind === 'pipe' ? () => isPiped(source as StreamInternals, target) : () => true;
    const known = after.some((outer) => this.#opaque.has(outer)) ? 'through' : kind;
    this.graph.connect(from, into, known, capacity, relays, connected);
  }

  #target(stream: StreamInternals, name: StreamName, relays: StreamInternals[]): Operator | undefined {
    let inner = stream;
    for (
      let head = this.#compositions.get(inner)?.head;
      head !== undefined;
      head = this.#compositions.get(inner)?.head
    ) {
      relays.push(inner);
      inner = head;
    }
    if (!hasWritableSide(inner) || isDestroyed(inner)) return undefined;
    const sides = this.#sidesOf(inner);
    return sides.input ?? this.#adoptWritable(inner, sides, inner === stream ? name : ownName(inner));
  }

  #adoptWritable(stream: StreamInternals, sides: Sides, { name, location, sided }: StreamName): Operator | undefined {
    if (!hasWritableSide(stream) || !canCountCompletions(stream)) return undefined;
    const transform = isTransform(stream);
    const operator = this.graph.add(
      {
        name: !transform && !sided && hasReadableSide(stream) ? `${name} (sink)` : name,
        kind: transform ? 'transform' : 'sink',
        unit: WritableFlag.objectMode(stream._writableState) ? 'records' : 'bytes',
        location,
        job: jobOf(stream),
      },
      (identity) => new WritableOperator(identity, this.graph, stream),
    );
    if (operator === undefined) return undefined;
    sides.input = operator;
    if (transform) sides.output = operator;
    return operator;
  }

  #sidesOf(stream: object): Sides {
    let sides = this.#sides.get(stream);
    if (sides === undefined) {
      sides = {};
      this.#sides.set(stream, sides);
    }
    return sides;
  }
}

function ownName(stream: StreamInternals): StreamName {
  return streamName(stream, () => undefined);
}

function readableCapacity(stream: StreamInternals): number {
  return stream._readableState?.highWaterMark ?? 0;
}

/** What the outer stream of a composition has taken from the last inner one and not given away. */
function relayOutput(outer: StreamInternals, target: Operator): number {
  const state = outer._readableState;
  if (state === undefined || isDestroyed(outer)) return 0;
  return target instanceof WritableOperator ? bufferedFor(state, target.stream._writableState) : chunkCount(state);
}

/** What waits in the outer stream; the record that it holds back its callback for has been written to the first inner one. */
function relayInput(outer: StreamInternals): number {
  const state = outer._writableState;
  return state === undefined || isDestroyed(outer) ? 0 : state.length - state.writelen;
}
