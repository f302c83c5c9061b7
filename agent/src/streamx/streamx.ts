import type { LoadWatcher } from '../load/commonjs.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import type { Adoption } from '../stream/adoption.ts';
import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import { streamName } from '../stream/stream-name.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { YoungOne } from '../young/young.ts';
import { isStreamx, StreamxOperator, type StreamxStream } from './streamx-operator.ts';

const STREAMX_FILE = /[\\/]streamx[\\/]index\.js$/;

/**
 * Follows pipes between streams of the package streamx. What one of them pipes into a stream of another kind is left alone: their
 * queues count in different units.
 */
export function followStreamx(patches: Patches, adoption: Adoption): LoadWatcher {
  const { graph, young } = adoption;
  const operators: WeakMap<object, StreamxOperator> = new WeakMap();
  return {
    file: STREAMX_FILE,
    loaded: (exports) => {
      const prototype = (exports as { Readable?: { prototype?: object } }).Readable?.prototype;
      if (prototype === undefined) return;
      patches.method(prototype as Record<string, unknown>, 'pipe', (original: Method): Method => {
        return function pipe(this: unknown, ...rest: unknown[]): unknown {
          const result = original.apply(this, rest);
          try {
            if (!graph.stopped && isStreamx(this) && isStreamx(rest[0])) {
              if (young.takesAtOnce()) connect(graph, operators, this, rest[0], () => userCallSite(pipe));
              else young.add(new YoungPipe(graph, operators, this, rest[0]));
            }
          } catch (error) {
            graph.onError(error);
          }
          return result;
        };
      });
    },
  };
}

/** A pipe beyond the budget. */
class YoungPipe implements YoungOne {
  readonly bornMs: number;
  readonly #graph: Graph;
  readonly #operators: WeakMap<object, StreamxOperator>;
  readonly #source: StreamxStream;
  readonly #target: StreamxStream;

  constructor(graph: Graph, operators: WeakMap<object, StreamxOperator>, source: StreamxStream, target: StreamxStream) {
    this.bornMs = graph.nowMs();
    this.#graph = graph;
    this.#operators = operators;
    this.#source = source;
    this.#target = target;
  }

  alive(): boolean {
    return ![this.#source, this.#target].some(({ destroyed, destroying }) => destroyed === true || destroying === true);
  }

  adopt(): boolean {
    connect(this.#graph, this.#operators, this.#source, this.#target, () => undefined);
    return true;
  }
}

function connect(
  graph: Graph,
  operators: WeakMap<object, StreamxOperator>,
  source: StreamxStream,
  target: StreamxStream,
  site: () => SourceLocation | undefined,
): void {
  const from = operatorOf(graph, operators, source, site);
  const into = operatorOf(graph, operators, target, site);
  // Capacities are in bytes, or whatever the stream's own measure says: not in records.
  if (from !== undefined && into !== undefined) graph.connect(from, into, 'pipe', 0, [], () => true);
}

function operatorOf(
  graph: Graph,
  operators: WeakMap<object, StreamxOperator>,
  stream: StreamxStream,
  site: () => SourceLocation | undefined,
): StreamxOperator | undefined {
  const known = operators.get(stream);
  if (known !== undefined) return known;
  const { name, location } = streamName(stream as never, site);
  const kind = !stream._writableState ? 'source' : !stream._readableState ? 'sink' : 'transform';
  const operator = graph.add(
    { name, kind, unit: 'records', location },
    (identity) => new StreamxOperator(identity, graph, stream),
  );
  if (operator !== undefined) operators.set(stream, operator);
  return operator;
}
