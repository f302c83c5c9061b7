import { hasReadableSide, type Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { Iteration } from './iteration.ts';
import { Pull, type PullCount } from './pull.ts';
import { ending } from './watched-iterator.ts';

/** Where the pull of an iterator lies. Not enumerable, so that nothing shows it that does not look for it. */
const PULL: unique symbol = Symbol('streamgauge.pull') as never;

/** An async generator, with what is counted of it. */
export interface Generator {
  [PULL]?: Pull;
  /** The iterator of a stream is a generator that knows its stream. */
  readonly stream?: unknown;
}

type Prototype = Record<'next' | 'return' | 'throw', Method>;

const generatorPrototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())) as Prototype;
const iteratorPrototype = Object.getPrototypeOf(generatorPrototype) as Record<symbol, Method>;

/** True for what an async generator function gives, and for the iterator of a stream. */
export function isGenerator(value: unknown): value is Generator {
  if (typeof value !== 'object' || value === null) return false;
  const family = Object.getPrototypeOf(value) as object | null;
  if (family === iteratorPrototype) return hasReadableSide((value as Generator).stream);
  return family !== null && Object.getPrototypeOf(family) === generatorPrototype;
}

export function pullOf(generator: Generator, nowMs: number): Pull {
  let pull = generator[PULL];
  if (pull === undefined) {
    pull = new Pull(nowMs);
    Object.defineProperty(generator, PULL, { value: pull, enumerable: false, writable: false, configurable: false });
  }
  return pull;
}

/**
 * Leaves an iterator to whoever follows its records by other means, such as a client of a broker. Gives what is counted of it;
 * undefined: it is no generator.
 */
export function followOtherwise(iterator: unknown, nowMs: number): PullCount | undefined {
  if (!isGenerator(iterator)) return undefined;
  const { count } = pullOf(iterator, nowMs);
  count.followed = true;
  return count;
}

/** The same where it is there already. */
export function knownPull(iterator: object | undefined): Pull | undefined {
  return (iterator as Generator | undefined)?.[PULL];
}

/** Counts the pulls of every async generator of the process: `for await`, `yield*` and Node's own loops all look up `next`. */
export function hookGenerators(patches: Patches, iteration: Iteration): void {
  patches.method(generatorPrototype, 'next', (original: Method) => counted(original, iteration));
  for (const name of ['return', 'throw'] as const) {
    patches.method(generatorPrototype, name, (original: Method) => ending(original, iteration));
  }
  patches.method(iteratorPrototype as never, Symbol.asyncIterator as never, (original: Method): Method => {
    return function iterate(this: Generator): unknown {
      const iterator: unknown = original.call(this);
      if (knownPull(this) !== undefined || isGenerator(this)) iteration.looped(this);
      return iterator;
    };
  });
}

/**
 * Counts the pulls of an iterator with methods of its own. Since Node.js 26.10 that is what a stream gives; before, and in
 * readable-stream, it is a generator.
 */
export function countPulls(iterator: unknown, iteration: Iteration): void {
  if (!isGenerator(iterator) || !Object.hasOwn(iterator, 'next')) return;
  const methods = iterator as Generator & Prototype;
  methods.next = counted(methods.next, iteration);
  methods.return = ending(methods.return, iteration);
  methods.throw = ending(methods.throw, iteration);
}

/**
 * The promise is given on as it is. An observer of it, or a generator around the generator, would cost a fifth to a half of
 * the throughput. What runs for every record is an addition and two comparisons.
 */
function counted(original: Method, iteration: Iteration): Method {
  const { control } = iteration.graph.board;
  const hook = function next(this: Generator, value: unknown): unknown {
    const pull = this[PULL];
    if (pull === undefined) {
      const first = iteration.begin(this, hook);
      if (first === undefined) return original.call(this, value);
      return iteration.within(first, () => original.call(this, value));
    }
    // The cell is Control.PULSE.
    if (++pull.count.pulls >= pull.count.armed || control[0] !== 0) iteration.pulled(this, pull, hook);
    pull.last = undefined;
    const outer = iteration.running;
    iteration.running = pull;
    const result: unknown = original.call(this, value);
    iteration.running = outer;
    pull.last = result;
    return result;
  };
  return hook;
}
