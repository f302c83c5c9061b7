import type { Method } from './internals.ts';

/** What the tracker uses of a readline interface. */
export interface Lines {
  readonly input?: unknown;
  readonly terminal?: boolean;
  readonly closed?: boolean;
  emit: Method;
  listeners(event: string): unknown[];
  [Symbol.asyncIterator]?: Method;
}

/** Told what happens to the lines of one interface. */
export interface LineWatcher {
  /** Before the listeners of a line run; gives the operator that ran until then. */
  beforeLine(): number;
  /** After they have run. */
  afterLine(previous: number): void;
  /** Somebody begins to take the lines one at a time. */
  iterated(hook: Method): void;
  /** The next line is asked for: the one before is done with. */
  pulled(): void;
  /** No more lines are wanted. */
  returned(): void;
}

/** Puts counting functions of its own into an interface; nothing of it is shared with other interfaces. */
export function watchLines(lines: Lines, watcher: LineWatcher): void {
  const { emit } = lines;
  const emitLine = function (this: unknown, event: unknown, ...rest: unknown[]): unknown {
    if (event !== 'line') return emit.call(this, event, ...rest);
    const previous = watcher.beforeLine();
    try {
      return emit.call(this, event, ...rest);
    } finally {
      watcher.afterLine(previous);
    }
  };
  hide(lines, 'emit', emitLine);
  const iterate = lines[Symbol.asyncIterator];
  if (typeof iterate !== 'function') return;
  const iterateLines = function (this: unknown): unknown {
    const iterator = iterate.call(this) as Record<'next' | 'return', Method>;
    watcher.iterated(iterateLines);
    watchIterator(iterator, watcher);
    return iterator;
  };
  hide(lines, Symbol.asyncIterator, iterateLines);
}

const watched: WeakSet<object> = new WeakSet();

function watchIterator(iterator: Record<'next' | 'return', Method>, watcher: LineWatcher): void {
  // An interface gives the same iterator to everybody who asks.
  if (watched.has(iterator)) return;
  watched.add(iterator);
  const { next, return: end } = iterator;
  hide(iterator, 'next', function (this: unknown): unknown {
    const pull = next.call(this);
    watcher.pulled();
    return pull;
  });
  if (typeof end !== 'function') return;
  hide(iterator, 'return', function (this: unknown, value: unknown): unknown {
    watcher.returned();
    return end.call(this, value);
  });
}

function hide(owner: object, key: PropertyKey, value: Method): void {
  Object.defineProperty(owner, key, { value, configurable: true, enumerable: false, writable: true });
}
