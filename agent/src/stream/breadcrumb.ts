import { GivenPromise, type PromiseFate } from '../operator/given-promise.ts';
import type { Method, StreamInternals } from './internals.ts';

export type Slot = '_transform' | '_write' | '_writev' | '_read' | '_flush' | '_final';

/**
 * Calls per millisecond below which a breadcrumb is put on: above, its cost per call would show, a tenth of a microsecond or two for each
 * operator of a pipeline.
 */
const SLOW_PER_MS = 10;
/** Calls per millisecond above which it is taken off again. */
const FAST_PER_MS = 20;
/** How many looks in a row it takes to be fast. */
const FAST_LOOKS = 2;

/** How many calls it stays after something was found with it. */
const KEEP_CALLS = 1000;

/** The breadcrumbs of calls that go on since before anything else ran: see `Breadcrumb`. */
export class FirstCalls {
  readonly #made: Set<Breadcrumb> = new Set();

  /** One has returned; `outermost` when no other operator had called it. */
  returned(breadcrumb: Breadcrumb, outermost: boolean): void {
    this.#made.add(breadcrumb);
    if (outermost) this.end();
  }

  end(): void {
    if (this.#made.size === 0) return;
    for (const breadcrumb of this.#made) breadcrumb.endFirst();
    this.#made.clear();
  }
}

/**
 * Says on the board which operator's code runs now, so that the agent thread knows it while the main thread is stuck in it.
 *
 * It is there for the first call, in which a program may get stuck already, and then from the moment on when the operator is
 * known to be slow. A fast one goes without: V8 remembers for ever what it has seen at the place of a call, and after a few
 * calls with a breadcrumb it would no longer predict where the calls of a fast pipeline go, even when the breadcrumb is gone.
 *
 * Functions are replaced by plain assignment, and put back the same way: deleting or redefining a property of a stream costs
 * half of the throughput.
 */
export class Breadcrumb {
  /** Called so rarely that a breadcrumb costs nothing, when last looked at. */
  slow = false;
  readonly #stream: StreamInternals;
  readonly #originals: Map<Slot, Method> = new Map();
  readonly #wrappers: Map<Slot, Method> = new Map();
  readonly #first: FirstCalls;
  readonly #given = new GivenPromise();
  #inFirst = true;
  #shown = false;
  #installed = false;
  #calls = 0;
  #lastCalls = 0;
  #lastCompleted = 0;
  /** How much a call completes, as long as calls are not counted: a guess first, then what it was when they were. */
  #lengthPerCall: number;
  #counting = false;
  #keepCalls = 0;
  #lastMs = 0;
  #looks = 0;

  constructor(
    stream: StreamInternals,
    slots: readonly Slot[],
    control: Int32Array,
    operatorId: number,
    first: FirstCalls,
    lengthPerCall = 1,
  ) {
    this.#stream = stream;
    this.#first = first;
    this.#lengthPerCall = lengthPerCall;
    for (const slot of slots) {
      const original = stream[slot];
      if (typeof original !== 'function') continue;
      this.#originals.set(slot, original);
      this.#wrappers.set(slot, this.#wrap(original, control, operatorId));
    }
    // Its promise is what nobody else looks at; the functions of fast pipelines are not asynchronous.
    const transform = stream._transform;
    if (slots.includes('_write') && isAsync(transform)) {
      this.#originals.set('_transform', transform);
      this.#wrappers.set('_transform', this.#keep(transform));
    }
    this.#install(true);
  }

  show(show: boolean): void {
    this.#shown = show;
    if (!this.#inFirst) this.#install(show);
  }

  endFirst(): void {
    if (this.#calls < this.#keepCalls) return;
    this.#inFirst = false;
    this.#install(this.#shown);
  }

  /** Stays for a while, because something was found with it: there may be more to find. */
  keep(): void {
    this.#keepCalls = KEEP_CALLS;
  }

  /** Stays until it has seen a call. */
  awaitCall(): void {
    this.#keepCalls = Math.max(this.#keepCalls, 1);
  }

  /** It has seen a call. */
  get called(): boolean {
    return this.#calls > 0;
  }

  remove(): void {
    this.#inFirst = false;
    this.show(false);
  }

  /** What became of the promise that the asynchronous call in progress has given. */
  promiseFate(): PromiseFate {
    return this.#given.look();
  }

  /** Decides anew whether the operator is slow, from what it has completed in all until now. */
  look(completed: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs < 5) return;
    this.#given.look();
    const calls = this.#calls - this.#lastCalls;
    const length = completed - this.#lastCompleted;
    const counted = this.#counting && this.#installed;
    if (counted && calls > 0) this.#lengthPerCall = Math.max(1, length / calls);
    const perMs = (counted ? calls : length / this.#lengthPerCall) / elapsedMs;
    this.#counting = this.#installed && !this.#inFirst;
    const first = this.#lastMs === 0;
    this.#lastCalls = this.#calls;
    this.#lastCompleted = completed;
    this.#lastMs = nowMs;
    if (first) return;
    if (!this.slow) this.slow = perMs < SLOW_PER_MS;
    else if (perMs <= FAST_PER_MS) this.#looks = 0;
    else if (++this.#looks >= FAST_LOOKS) {
      this.#looks = 0;
      this.slow = false;
    }
  }

  #install(install: boolean): void {
    if (this.#installed === install) return;
    this.#installed = install;
    this.#given.forget();
    const [from, to] = install ? [this.#originals, this.#wrappers] : [this.#wrappers, this.#originals];
    for (const [slot, method] of to) {
      try {
        // Whoever replaced it in the meantime keeps the last word.
        if (this.#stream[slot] === from.get(slot)) this.#stream[slot] = method;
      } catch {
        // A sealed stream goes without.
      }
    }
  }

  #keep(original: Method): Method {
    const given = this.#given;
    return function streamgauge(this: unknown, first: unknown, second: unknown, third: unknown): unknown {
      const result = original.call(this, first, second, third);
      given.give(result);
      return result;
    };
  }

  #wrap(original: Method, control: Int32Array, operatorId: number): Method {
    const breadcrumb = this;
    const given = isAsync(original) ? this.#given : undefined;
    return function streamgauge(this: unknown, first: unknown, second: unknown, third: unknown): unknown {
      // The cell is Control.RUNNING_OPERATOR.
      const previous = control[2] as number;
      control[2] = operatorId;
      breadcrumb.#calls++;
      const result = original.call(this, first, second, third);
      control[2] = previous;
      given?.give(result);
      if (breadcrumb.#inFirst) breadcrumb.#first.returned(breadcrumb, previous === 0);
      return result;
    };
  }
}

const asyncFunction: unknown = Object.getPrototypeOf(async () => undefined);

function isAsync(fn: unknown): fn is Method {
  return typeof fn === 'function' && Object.getPrototypeOf(fn) === asyncFunction;
}
