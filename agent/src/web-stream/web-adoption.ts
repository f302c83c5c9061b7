import type { EdgeKind } from '../operator/edge.ts';
import type { Graph } from '../operator/graph.ts';
import type { Operator } from '../operator/operator.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { Sides } from './constructors.ts';
import { Side } from './side.ts';
import { WebOperator } from './web-operator.ts';

interface Link {
  readonly source: Side;
  readonly target: Side;
  readonly readable: object;
  readonly kind: EdgeKind;
  readonly offset: number;
  readonly location: SourceLocation | undefined;
}

/** At most this many connections wait for their adoption; more in one turn are left alone and counted. */
const MAX_YOUNG = 10_000;

/** Turns Web Streams that are connected into operators, when the stack is empty. */
export class WebAdoption {
  readonly graph: Graph;
  readonly sides: Sides = { readable: new WeakMap(), writable: new WeakMap() };
  /** Streams that somebody has read from before: how much is not known. */
  readonly #read: WeakSet<object> = new WeakSet();
  #young: Link[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** The half of a readable stream; one of the runtime's own has one of which nothing is counted. */
  output(stream: object, className: string): Side {
    return this.#sideOf(this.sides.readable, stream, 'source', className);
  }

  input(stream: object, className: string): Side {
    return this.#sideOf(this.sides.writable, stream, 'sink', className);
  }

  /** Makes both ends of something like a CompressionStream one operator. */
  pair(readable: object, writable: object, className: string): void {
    if (this.sides.readable.has(readable) || this.sides.writable.has(writable)) return;
    const side = new Side(this.graph, 'transform', className, false);
    side.name = className;
    this.sides.readable.set(readable, side);
    this.sides.writable.set(writable, side);
  }

  /** Makes what comes out of one stream known as what comes out of another. */
  branch(stream: object, branches: readonly unknown[]): void {
    const side = this.output(stream, 'ReadableStream');
    for (const branch of branches) {
      if (typeof branch !== 'object' || branch === null) continue;
      this.sides.readable.set(branch, side);
      if (this.#read.has(stream)) this.#read.add(branch);
    }
    this.#read.add(stream);
  }

  /** From now on it is not known how much has been read from a stream. */
  touch(stream: object): void {
    this.#read.add(stream);
  }

  /** Notes that a pipe begins, before anything has gone through it. */
  link(readable: object, writable: object, site: () => SourceLocation | undefined): void {
    if (this.graph.stopped) return;
    if (this.#young.length >= MAX_YOUNG) {
      this.graph.countDropped();
      return;
    }
    const source = this.output(readable, 'ReadableStream');
    const target = this.input(writable, 'WritableStream');
    const kind = source.exact && target.exact && !this.#read.has(readable) ? 'pipe' : 'through';
    this.#read.add(readable);
    const named = [source, target].every((side) => side.name !== undefined || side.operator !== undefined);
    const location = named ? undefined : site();
    this.#young.push({ source, target, readable, kind, offset: target.written, location });
    this.graph.emptyStack.run(this, () => this.adopt());
  }

  /** Adopts everything noted until now. Only on an empty stack. */
  adopt(): void {
    const young = this.#young;
    if (young.length === 0) return;
    this.#young = [];
    for (const link of young) {
      try {
        this.#connect(link);
      } catch (error) {
        this.graph.onError(error);
      }
    }
  }

  #connect({ source, target, readable, kind, offset, location }: Link): void {
    if (target.ended || target.failed || source.failed) return;
    const from = this.#operatorOf(source, location);
    const into = this.#operatorOf(target, location);
    if (from === undefined || into === undefined) return;
    if (kind === 'pipe') from.leadsTo(into, offset);
    const held = new WeakRef(readable);
    const connected = (): boolean => (held.deref() as { locked?: unknown } | undefined)?.locked === true;
    this.graph.connect(from as Operator, into, kind, 1, [], connected);
  }

  #operatorOf(side: Side, location: SourceLocation | undefined): WebOperator | undefined {
    if (side.operator !== undefined) return side.operator;
    const file = location?.file.split(/[\\/]/).at(-1);
    const place = location === undefined ? side.className : `${side.className} ${file}:${location.line}`;
    side.operator = this.graph.add(
      {
        name: side.name ?? place,
        kind: side.kind,
        unit: 'records',
        location: side.name === undefined ? location : undefined,
      },
      (identity) => new WebOperator(identity, this.graph, side),
    );
    return side.operator;
  }

  #sideOf(known: WeakMap<object, Side>, stream: object, kind: 'source' | 'sink', className: string): Side {
    let side = known.get(stream);
    if (side === undefined) {
      side = new Side(this.graph, kind, className, false);
      known.set(stream, side);
    }
    return side;
  }
}
