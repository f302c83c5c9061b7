import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { type AnswerCount, createAnswerCount } from '../connection/peer-answers.ts';
import { writeHeapFile } from '../main-thread/heap-file.ts';
import { type HeapSize, heapSize } from '../main-thread/heap-size.ts';
import type { FunctionOptions } from '../operator/function-operator.ts';
import type { PromiseFate } from '../operator/given-promise.ts';
import type { SourceLocation } from '../thread/messages.ts';
import type { OperatorNow, Tracker } from '../tracker.ts';
import type { Holdings } from './holdings.ts';
import { createProbe, type Probe } from './probe.ts';
import { parseStackText } from './stack-text.ts';
import { createYoungPromises, type PromiseHooks, type YoungPromises } from './young-promises.ts';

/** Where the helper hangs on globalThis. A registered symbol, so that every copy of this package finds the running agent. */
export const HELPER_KEY: unique symbol = Symbol.for('streamgauge.agent') as never;
/** The same place, as the agent thread writes it into the expressions it lets the main thread evaluate. */
export const HELPER_EXPRESSION = "globalThis[Symbol.for('streamgauge.agent')]";

/** What an inspection of one operator says to the agent thread. */
export interface InspectionFacts {
  readonly callbackOutstanding: boolean;
  /** What it has begun ends when a promise is settled. */
  readonly promiseOutstanding: boolean;
  readonly promise: PromiseFate;
  /** Nobody works on what it has held for longest. */
  readonly letGo: boolean;
  /** How often what it has held for longest was given to its code again. */
  readonly repeats: number;
  /** Where its last failed attempt threw, innermost first. */
  readonly failureFrames: readonly SourceLocation[];
  /** Class of a full stream that it fills and that nobody reads; empty: none. */
  readonly unread: string;
  /** Source texts of the operator's functions, in the order of `operatorFunctions`. */
  readonly texts: readonly string[];
}

/**
 * The main thread's half of the sampler. It costs nothing until the agent thread calls it through the inspector, which may
 * be in the middle of any user code: none of these may throw, run user code or leave a trace.
 */
export interface MainHelper extends Probe {
  inspect(operatorId: number): InspectionFacts | undefined;
  // biome-ignore lint/complexity/noBannedTypes: any callable of the user's
  operatorFunctions(operatorId: number): readonly Function[];
  /** The generator whose body an operator runs. */
  generatorOf(operatorId: number): object | undefined;
  /** Connections and pools; undefined when they cannot be told. */
  holdings(): Holdings | undefined;
  /** Every operator as it is now. */
  operators(): readonly OperatorNow[];
  /** What every stream inherits from, those of npm packages too: for finding them all on the heap. */
  readonly emitterPrototype: object;
  /** Follows the pipes that were there before the agent, between any of these objects; gives the number of pipes found. */
  linkExisting(candidates: Iterable<object>): number;
  /** How full the heap is; undefined when that cannot be told. */
  heap(): HeapSize | undefined;
  /** Absent in older copies of this package. */
  readonly young?: YoungPromises;
  readonly answers?: AnswerCount;
  /** Whether the inspector listens, so that a debugger may be attached. */
  debuggerListens(): boolean;
  /** The script that was started, then the CommonJS modules that were loaded. */
  loadedFiles(): readonly string[];
  /** Gives fn back with its calls counted as the records of an operator of that name. */
  // biome-ignore lint/suspicious/noExplicitAny: keeps the type of whatever function it is given
  operator<F extends (...args: any[]) => unknown>(name: string, fn: F, options?: FunctionOptions<F>): F;
  /** Undefined: there is no room. Absent in older copies of this package. */
  readonly defineOperator?: Tracker['defineOperator'];
  readonly defineCountedOperator?: Tracker['defineCountedOperator'];
  readonly instrument?: Tracker['instrument'];
  readonly inJob?: Tracker['inJob'];
  readonly trackTask?: Tracker['trackTask'];
  readonly offerTaskSlots?: Tracker['offerTaskSlots'];
  /** Writes the heap into a new file; gives the reason when it cannot. */
  readonly writeHeap?: (path: string) => string;
}

/** How many loaded modules are named. */
const MAX_LOADED_FILES = 2000;
/** How much of a function's source text is compared. */
const MAX_TEXT_LENGTH = 100_000;

/** Puts the helper onto globalThis, where no enumeration shows it. */
export function installMainHelper(tracker: Tracker): MainHelper {
  const modules = createRequire(import.meta.url);
  const probe = createProbe();
  const promiseHooks = (): PromiseHooks => (modules('node:v8') as { promiseHooks: PromiseHooks }).promiseHooks;
  const helper: MainHelper = {
    ...probe,
    answers: createAnswerCount(),
    young: createYoungPromises(promiseHooks, probe.awaitStacks),
    inspect(operatorId) {
      const found = tracker.inspect(operatorId);
      if (found === undefined) return undefined;
      const texts = found.functions.map((fn) => Function.prototype.toString.call(fn).slice(0, MAX_TEXT_LENGTH));
      const { callbackOutstanding, awaits, promise = 'unknown' } = found;
      const { letGo = false, repeats = 0, unread = '', failureStack = '' } = found;
      const outstanding = awaits === true || promise === 'pending' || promise === 'abandoned';
      return {
        callbackOutstanding,
        promiseOutstanding: callbackOutstanding && outstanding,
        promise,
        letGo,
        unread,
        repeats,
        failureFrames: parseStackText(failureStack),
        texts,
      };
    },
    operatorFunctions: (operatorId) => tracker.inspect(operatorId)?.functions ?? [],
    generatorOf: (operatorId) => tracker.inspect(operatorId)?.generator,
    heap() {
      try {
        return heapSize();
      } catch {
        return undefined;
      }
    },
    debuggerListens() {
      try {
        return (modules('node:inspector') as { url(): string | undefined }).url() !== undefined;
      } catch {
        return false;
      }
    },
    loadedFiles: () => [process.argv[1] ?? '', ...Object.keys(modules.cache).slice(0, MAX_LOADED_FILES)],
    holdings: () => tracker.holdings(),
    operators: () => tracker.operators(),
    emitterPrototype: EventEmitter.prototype,
    linkExisting: (candidates) => tracker.linkExisting(candidates),
    operator: (name, fn, options) => tracker.operator(name, fn, options),
    defineOperator: (definition) => tracker.defineOperator(definition),
    defineCountedOperator: (definition) => tracker.defineCountedOperator(definition),
    instrument: (client) => tracker.instrument(client),
    inJob: (job, stream) => tracker.inJob(job, stream),
    trackTask: (task) => tracker.trackTask(task),
    offerTaskSlots: (slots) => tracker.offerTaskSlots(slots),
    writeHeap: writeHeapFile,
  };
  Object.defineProperty(globalThis, HELPER_KEY, {
    value: helper,
    configurable: true,
    enumerable: false,
    writable: false,
  });
  return helper;
}

/** The helper of the agent that runs in this process, if one does. */
export function findMainHelper(): MainHelper | undefined {
  return (globalThis as { [HELPER_KEY]?: MainHelper })[HELPER_KEY];
}

/** Takes the helper off again, for an agent that has switched itself off. */
export function removeMainHelper(): void {
  delete (globalThis as { [HELPER_KEY]?: MainHelper })[HELPER_KEY];
}
