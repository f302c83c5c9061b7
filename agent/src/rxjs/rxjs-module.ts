import Module from 'node:module';
import type { Patches } from '../stream/patch.ts';

/** What is used of an Observable; the library itself is never imported. */
export interface Observable {
  /** What it was lifted from; absent on a source. */
  readonly source?: Observable;
  subscribe(subscriber: Subscriber): unknown;
  pipe(operator: OperatorFunction): Observable;
}

export interface Subscriber {
  /** Own property of the subscribers that the library's operators make. */
  _next?: (this: unknown, value: unknown) => void;
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
  add(teardown: () => void): void;
}

export type OperatorFunction = (source: Observable) => Observable;

// biome-ignore lint/suspicious/noExplicitAny: operators of the library have every kind of parameter
export type MakeOperator = (this: unknown, ...args: any[]) => OperatorFunction;

/** The parts of one loaded copy of RxJS that the agent calls. */
export interface RxjsModule {
  readonly Observable: new (subscribe: (subscriber: Subscriber) => unknown) => Observable;
  readonly innerFrom: (input: unknown) => Observable;
  readonly reportUnhandledError: (error: unknown) => void;
}

/** Replaces one operator of the library; gives undefined to leave it alone. */
export type ReplaceOperator = (
  name: string,
  original: MakeOperator,
  rxjs: () => RxjsModule,
) => MakeOperator | undefined;

interface LoadedModule {
  readonly filename?: string;
}

type Load = (this: unknown, request: string, parent: LoadedModule | undefined, isMain: boolean) => unknown;

/** Inside the package an operator's file is always asked for by a path that ends like this. */
const OPERATOR_FILE = /(?:^|\/)operators\/(\w+)$|^\.\/(\w+)$/;
const INSIDE = /[\\/]rxjs[\\/]dist[\\/]cjs[\\/]internal[\\/]operators[\\/]$/;
const FROM = /[\\/]rxjs[\\/]dist[\\/]cjs[\\/]/;

/**
 * Sees each operator of RxJS when the library itself loads it, before anybody can have taken it. Programs that import RxJS as a
 * module get the same files: Node.js resolves the package to its CommonJS build.
 */
export function hookRxjs(patches: Patches, replace: ReplaceOperator): void {
  const loader = Module as unknown as { _load: Load; _resolveFilename(request: string, parent: unknown): string };
  const seen: WeakSet<object> = new WeakSet();
  patches.method(loader, '_load', (original) => {
    const load = original as Load;
    return function _load(this: unknown, request: string, parent: LoadedModule | undefined, isMain: boolean): unknown {
      const exports = load.call(this, request, parent, isMain);
      const from = parent?.filename;
      if (from === undefined || typeof request !== 'string' || !FROM.test(from)) return exports;
      const match = OPERATOR_FILE.exec(request);
      const name = match?.[1] ?? match?.[2];
      if (name === undefined || typeof exports !== 'object' || exports === null || seen.has(exports)) return exports;
      seen.add(exports);
      const file = loader._resolveFilename(request, parent);
      const folder = file.slice(0, file.lastIndexOf(name));
      const operator = (exports as Record<string, unknown>)[name];
      if (!INSIDE.test(folder) || typeof operator !== 'function') return exports;
      const part = (path: string): Record<string, unknown> => load.call(Module, path, parent, false) as never;
      const replacement = replace(name, operator as MakeOperator, () => ({
        Observable: part(`${folder}../Observable.js`).Observable as RxjsModule['Observable'],
        innerFrom: part(`${folder}../observable/innerFrom.js`).innerFrom as RxjsModule['innerFrom'],
        reportUnhandledError: part(`${folder}../util/reportUnhandledError.js`)
          .reportUnhandledError as RxjsModule['reportUnhandledError'],
      }));
      if (replacement !== undefined) {
        patches.method(exports as Record<string, unknown>, name, () => replacement);
      }
      return exports;
    };
  });
}
