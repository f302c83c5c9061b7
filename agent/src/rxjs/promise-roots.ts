import type { Method } from '../stream/internals.ts';
import type { Patches } from '../stream/patch.ts';
import type { Observable, Subscriber } from './rxjs-module.ts';

/** How far up a chain its beginning is looked for. */
const MAX_STEPS = 64;

/**
 * Which inner Observables begin with a promise: `from(promise)`, `defer(async () => …)`, and what is piped from them. A promise has to
 * come to an end, where a timer or a subscription may stay open on purpose. Those that only tell others when to stop, as in
 * `takeUntil(closed)`, begin no chain and count for nothing.
 */
export class PromiseRoots {
  /** The user's function makes an inner Observable: what is made at other times is nobody's beginning. */
  making = 0;
  readonly #promises: WeakMap<object, Promise<unknown>> = new WeakMap();
  readonly #deferred: WeakSet<object> = new WeakSet();
  #onInput: ((input: unknown) => void) | undefined = undefined;

  /** Watches the functions of the library that make Observables of promises; others are none of its business. */
  watch(patches: Patches, exports: Record<string, unknown>, name: string): void {
    if (name === 'innerFrom') patches.method(exports, name, (original) => this.#innerFrom(original));
    if (name === 'defer') patches.method(exports, name, (original) => this.#defer(original));
  }

  /** Subscribes to an inner Observable; `wait` is called when it begins with a promise. */
  subscribe(inner: Observable, subscriber: Subscriber, wait: (promise: Promise<unknown>) => void): unknown {
    const root = rootOf(inner);
    const promise = this.#promises.get(root);
    if (promise !== undefined) wait(promise);
    if (promise !== undefined || !this.#deferred.has(root)) return inner.subscribe(subscriber);
    const outer = this.#onInput;
    this.#onInput = (input) => {
      // The first one asked is the beginning of the chain; what follows it are parts of it.
      this.#onInput = undefined;
      if (input instanceof Promise) wait(input);
    };
    try {
      return inner.subscribe(subscriber);
    } finally {
      this.#onInput = outer;
    }
  }

  #innerFrom(original: Method): Method {
    const promises = this.#promises;
    const roots = this;
    return function innerFrom(this: unknown, input: unknown): unknown {
      const observable = original.call(this, input) as object;
      if (roots.making > 0 && input instanceof Promise) promises.set(observable, input);
      return observable;
    };
  }

  #defer(original: Method): Method {
    const roots = this;
    return function defer(this: unknown, factory: unknown): unknown {
      if (roots.making === 0 || typeof factory !== 'function') return original.call(this, factory);
      const lazy = original.call(this, (...rest: unknown[]): unknown => {
        const input: unknown = Reflect.apply(factory, undefined, rest);
        roots.#onInput?.(input);
        return input;
      }) as object;
      roots.#deferred.add(lazy);
      return lazy;
    };
  }
}

function rootOf(observable: Observable): Observable {
  let at = observable;
  for (let step = 0; at.source !== undefined && step < MAX_STEPS; step++) at = at.source;
  return at;
}
