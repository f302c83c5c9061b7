import type { LoadWatcher } from '../load/commonjs.ts';
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

/** The library's CommonJS build, which Node.js also gives to programs that import it. */
const LIBRARY_FILE = /[\\/]rxjs[\\/]dist[\\/]cjs[\\/]internal[\\/](operators|observable)[\\/](\w+)\.js$/;

/** Sees each operator of RxJS, and what else makes Observables, when the library itself loads it. */
export function watchRxjs(
  patches: Patches,
  replace: ReplaceOperator,
  source: (exports: Record<string, unknown>, name: string) => void,
): LoadWatcher {
  return {
    file: LIBRARY_FILE,
    loaded: (exports, file, part) => {
      const [, folder, name] = LIBRARY_FILE.exec(file) as unknown as [string, string, string];
      const operators = exports as Record<string, unknown>;
      if (folder === 'observable') {
        source(operators, name);
        return;
      }
      const operator = operators[name];
      if (typeof operator !== 'function') return;
      const replacement = replace(name, operator as MakeOperator, () => ({
        Observable: part('../Observable').Observable as RxjsModule['Observable'],
        innerFrom: part('../observable/innerFrom').innerFrom as RxjsModule['innerFrom'],
        reportUnhandledError: part('../util/reportUnhandledError')
          .reportUnhandledError as RxjsModule['reportUnhandledError'],
      }));
      if (replacement !== undefined) patches.method(operators, name, () => replacement);
    },
  };
}
