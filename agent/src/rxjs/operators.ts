import type { LoadWatcher } from '../load/commonjs.ts';
import { userCallSite } from '../operator/call-site.ts';
import type { Graph } from '../operator/graph.ts';
import type { Patches } from '../stream/patch.ts';
import type { SourceLocation } from '../thread/messages.ts';
import { Boundary, type BoundaryManner, type Project } from './boundary.ts';
import { Chains } from './chains.ts';
import { PromiseRoots } from './promise-roots.ts';
import {
  type MakeOperator,
  type OperatorFunction,
  type ReplaceOperator,
  type RxjsModule,
  watchRxjs,
} from './rxjs-module.ts';

const concurrencyOf = (args: readonly unknown[]): unknown => args.slice(1).find((value) => typeof value === 'number');

/** Operators that call a function of the user's for an inner Observable, and how they do it with these arguments. */
const BOUNDARIES: Readonly<Record<string, (args: readonly unknown[]) => BoundaryManner>> = {
  mergeMap: (args) => ({ queues: Number.isFinite(concurrencyOf(args)), replaces: false }),
  concatMap: () => ({ queues: true, replaces: false }),
  switchMap: () => ({ queues: false, replaces: true }),
  exhaustMap: () => ({ queues: false, replaces: false }),
};

/** Operators that give whatever they give while they are given something, and hold nothing else but unfinished batches. */
const SYNCHRONOUS: ReadonlySet<string> = new Set([
  ...['map', 'mapTo', 'filter', 'tap', 'scan', 'pairwise', 'bufferCount', 'distinct', 'distinctUntilChanged', 'take'],
  ...['takeWhile', 'skip', 'skipWhile', 'startWith', 'endWith', 'defaultIfEmpty', 'finalize', 'catchError', 'count'],
  ...['reduce', 'toArray', 'pluck', 'isEmpty', 'every', 'find', 'findIndex', 'first', 'last', 'ignoreElements'],
]);

/** Operators that the library makes of others of its own, and that wait because they are asked to. */
const TIMED: ReadonlySet<string> = new Set(['delay', 'delayWhen', 'mergeAll', 'concatAll', 'exhaustAll', 'switchAll']);

/** Places in the code that become operators at most; further ones are left alone and counted. */
const MAX_BOUNDARIES = 256;

/** Follows RxJS at its asynchronous boundaries. Its synchronous operators stay as fast as they are: nothing runs per value. */
export function followRxjs(patches: Patches, graph: Graph): LoadWatcher {
  const chains = new Chains();
  const roots = new PromiseRoots();
  const byPlace: Map<string, Boundary> = new Map();
  /** One of these operators is often made of another; the outer one is what the user wrote. */
  let inside = 0;

  const boundaryAt = (name: string, place: SourceLocation | undefined, project: Project): Boundary | undefined => {
    const label = [name, project.name].filter(Boolean).join(' ');
    const key = `${label} ${place?.file}:${place?.line}:${place?.column}`;
    const known = byPlace.get(key);
    if (known?.closed === false) return known;
    if (byPlace.size >= MAX_BOUNDARIES) forgetClosed(byPlace);
    if (known === undefined && byPlace.size >= MAX_BOUNDARIES) {
      graph.countDropped();
      return undefined;
    }
    const opened = Boundary.open(graph, roots, project.name === '' ? placeName(name, place) : label, place, [project]);
    if (opened !== undefined) byPlace.set(key, opened);
    return opened;
  };

  const asynchronous = (name: string, original: MakeOperator, rxjs: () => RxjsModule): MakeOperator => {
    const mannerOf = BOUNDARIES[name] as (typeof BOUNDARIES)[string];
    return function made(this: unknown, ...args: unknown[]): OperatorFunction {
      const [project, ...rest] = args;
      inside++;
      let plain: OperatorFunction;
      try {
        plain = original.apply(this, args);
      } finally {
        inside--;
      }
      if (inside > 0 || graph.stopped || typeof project !== 'function') return plain;
      try {
        const place = userCallSite(made);
        const library = rxjs();
        const manner = mannerOf(args);
        return (source) => {
          // Found at the first use: a chain that is only described is none.
          const boundary = graph.stopped ? undefined : boundaryAt(name, place, project as Project);
          if (boundary === undefined) return plain(source);
          connect(graph, chains, source, boundary);
          const followed = new library.Observable((subscriber) => {
            const open = boundary.closed ? boundaryAt(name, place, project as Project) : boundary;
            if (open !== undefined && open !== boundary) {
              connect(graph, chains, source, open);
              chains.end(followed, open);
            }
            const flow = (open ?? boundary).begin(library, project as Project, manner);
            subscriber.add(() => flow.close());
            inside++;
            try {
              return original
                .call(
                  this,
                  flow.project,
                  ...rest,
                )(flow.source(source))
                .subscribe(subscriber);
            } finally {
              inside--;
            }
          });
          chains.end(followed, boundary);
          return followed;
        };
      } catch (error) {
        graph.onError(error);
        return plain;
      }
    };
  };

  const synchronous = (original: MakeOperator): MakeOperator =>
    function made(this: unknown, ...args: unknown[]): OperatorFunction {
      const plain = original.apply(this, args);
      if (inside > 0 || typeof plain !== 'function') return plain;
      return (source) => {
        const lifted = plain(source);
        if (lifted !== source && typeof lifted === 'object') chains.synchronous(lifted);
        return lifted;
      };
    };

  const timed = (original: MakeOperator): MakeOperator =>
    function made(this: unknown, ...args: unknown[]): OperatorFunction {
      inside++;
      try {
        const plain = original.apply(this, args);
        return typeof plain === 'function' ? (source) => unfollowed(() => plain(source)) : plain;
      } finally {
        inside--;
      }
    };

  const unfollowed = <T>(task: () => T): T => {
    inside++;
    try {
      return task();
    } finally {
      inside--;
    }
  };

  const replace: ReplaceOperator = (name, original, rxjs) => {
    if (TIMED.has(name)) return timed(original);
    if (Object.hasOwn(BOUNDARIES, name)) return asynchronous(name, original, rxjs);
    return SYNCHRONOUS.has(name) ? synchronous(original) : undefined;
  };
  return watchRxjs(patches, replace, (exports, name) => roots.watch(patches, exports, name));
}

function forgetClosed(byPlace: Map<string, Boundary>): void {
  for (const [key, { closed }] of byPlace) if (closed) byPlace.delete(key);
}

function connect(graph: Graph, chains: Chains, source: Parameters<OperatorFunction>[0], boundary: Boundary): void {
  const before = chains.before(source);
  if (before === undefined) return;
  const from = before.boundary.operator;
  graph.connect(from, boundary.operator, before.direct ? 'manual' : 'through', 0, [], () => true);
}

function placeName(name: string, place: SourceLocation | undefined): string {
  return place === undefined ? name : `${name} ${place.file.split(/[\\/]/).at(-1)}:${place.line}`;
}
