import { userCallSite } from '../operator/call-site.ts';
import type { EdgeKind } from '../operator/edge.ts';
import type { Graph } from '../operator/graph.ts';
import { jobOf } from '../operator/jobs.ts';
import type { Operator } from '../operator/operator.ts';
import type { Method } from '../stream/internals.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { Young, YoungOne } from '../young/young.ts';
import { rememberSide, sideOf } from './known-sides.ts';
import { isLocked } from './locked.ts';
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

/** At most this many connections wait for the empty stack; more in one turn are left alone and counted. */
const MAX_NOTED = 10_000;

/** A pipe beyond the budget. */
class YoungPipe implements YoungOne {
  readonly bornMs: number;
  readonly #adoption: WebAdoption;
  readonly #link: Link;

  constructor(adoption: WebAdoption, link: Link) {
    this.bornMs = adoption.graph.nowMs();
    this.#adoption = adoption;
    this.#link = link;
  }

  alive(): boolean {
    const { source, target, readable } = this.#link;
    return !source.ended && !source.failed && !target.ended && !target.failed && isLocked(readable);
  }

  touches(streams: ReadonlySet<object>): boolean {
    return streams.has(this.#link.source) || streams.has(this.#link.target);
  }

  addTo(streams: Set<object>): void {
    streams.add(this.#link.source);
    streams.add(this.#link.target);
  }

  adopt(): boolean {
    this.#adoption.connect(this.#link);
    return true;
  }
}

/** Turns Web Streams that are connected into operators, when the stack is empty. */
export class WebAdoption {
  readonly graph: Graph;
  readonly #young: Young;
  /** Streams that somebody has read from before: how much is not known. */
  readonly #read: WeakSet<object> = new WeakSet();
  #noted: Link[] = [];

  constructor(graph: Graph, young: Young) {
    this.graph = graph;
    this.#young = young;
  }

  /** The half of a readable stream; one of the runtime's own has one of which nothing is counted. */
  output(stream: object, className: string): Side {
    return this.#sideOf(stream, 'source', className);
  }

  input(stream: object, className: string): Side {
    return this.#sideOf(stream, 'sink', className);
  }

  /** Makes both ends of something like a CompressionStream one operator. */
  pair(readable: object, writable: object, className: string): void {
    if (sideOf(readable) !== undefined || sideOf(writable) !== undefined) return;
    const side = new Side(this.graph, 'transform', className, false);
    side.name = className;
    rememberSide(readable, side);
    rememberSide(writable, side);
  }

  /** Makes what comes out of one stream known as what comes out of another. */
  branch(stream: object, branches: readonly unknown[]): void {
    const side = this.output(stream, 'ReadableStream');
    for (const branch of branches) {
      if (typeof branch !== 'object' || branch === null) continue;
      rememberSide(branch, side);
      if (this.#read.has(stream)) this.#read.add(branch);
    }
    this.#read.add(stream);
  }

  /** Somebody begins to read from a stream. Gives whether nobody has before: how much others have read is not known. */
  touch(stream: object): boolean {
    const first = !this.#read.has(stream);
    this.#read.add(stream);
    const side = sideOf(stream);
    if (side?.readable === stream) side.touched = true;
    return first;
  }

  /** Notes that a pipe begins, before anything has gone through it, which was said by a call of the hook. */
  link(readable: object, writable: object, hook: Method): void {
    if (this.graph.stopped) return;
    if (this.#noted.length >= MAX_NOTED) {
      this.graph.countDropped();
      return;
    }
    const source = this.output(readable, 'ReadableStream');
    const target = this.input(writable, 'WritableStream');
    const kind = this.touch(readable) && source.exact && target.exact ? 'pipe' : 'through';
    const offset = target.written;
    if (!this.#young.takesAtOnce()) {
      this.#young.add(new YoungPipe(this, { source, target, readable, kind, offset, location: undefined }));
      return;
    }
    const named = [source, target].every((side) => side.name !== undefined || side.operator !== undefined);
    const location = named ? undefined : userCallSite(hook);
    this.#noted.push({ source, target, readable, kind, offset, location });
    this.graph.emptyStack.run(this, () => this.adopt());
  }

  /** Adopts everything noted until now. Only on an empty stack. */
  adopt(): void {
    const noted = this.#noted;
    if (noted.length === 0) return;
    this.#noted = [];
    for (const link of noted) {
      try {
        this.connect(link);
      } catch (error) {
        this.graph.onError(error);
      }
    }
  }

  /** Adopts one. Only on an empty stack. */
  connect({ source, target, readable, kind, offset, location }: Link): void {
    if (target.ended || target.failed || source.failed) return;
    const from = this.operatorOf(source, location);
    const into = this.operatorOf(target, location);
    if (from === undefined || into === undefined) return;
    if (kind === 'pipe') from.leadsTo(into, offset);
    const held = new WeakRef(readable);
    const connected = (): boolean => isLocked(held.deref());
    this.graph.connect(from as Operator, into, kind, 1, [], connected);
  }

  /** The operator of a half of a stream, made at the first time. Only on an empty stack. */
  operatorOf(side: Side, location: SourceLocation | undefined): WebOperator | undefined {
    if (side.operator !== undefined) return side.operator;
    const file = location?.file.split(/[\\/]/).at(-1);
    const place = location === undefined ? side.className : `${side.className} ${file}:${location.line}`;
    side.operator = this.graph.add(
      {
        name: side.name ?? place,
        kind: side.kind,
        unit: 'records',
        location: side.name === undefined ? location : undefined,
        job: side.job,
      },
      (identity) => new WebOperator(identity, this.graph, side),
    );
    return side.operator;
  }

  #sideOf(stream: object, kind: 'source' | 'sink', className: string): Side {
    let side = sideOf(stream);
    if (side === undefined) {
      side = new Side(this.graph, kind, className, false);
      side.job = jobOf(stream);
      rememberSide(stream, side);
    }
    return side;
  }
}
