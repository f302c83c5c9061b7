import type { Method } from '../stream/internals.ts';
import { rememberSide } from './known-sides.ts';
import type { Controller, Side } from './side.ts';

/** The controller whose stream runs its user's function now: what it puts out needs no look-up. */
export const active: { controller: object | undefined; side: Side | undefined } = {
  controller: undefined,
  side: undefined,
};

type Role = 'start' | 'chunk' | 'pull' | 'end' | 'cancel';

/** What a stream does when its user gives no function. */
const passOn = (chunk: unknown, controller: { enqueue(chunk: unknown): void }): void => controller.enqueue(chunk);

/**
 * What the user has given to a constructor, with its functions counted. The constructor reads each property once, in an order
 * and with getters that stay those of the user's object. Every stream gets one: a class costs less than a Proxy.
 */
class CountedFunctions {
  readonly #user: Record<string, unknown>;
  readonly #side: Side;
  readonly #control: Int32Array;

  constructor(user: object, side: Side, control: Int32Array) {
    this.#user = user as Record<string, unknown>;
    this.#side = side;
    this.#control = control;
  }

  protected plain(key: string): unknown {
    return this.#user[key];
  }

  protected counted(key: string, role: Role): unknown {
    const value = this.#user[key];
    if (value !== undefined && typeof value !== 'function') return value;
    if (value !== undefined) this.#side.functions.push(value as Method);
    return counted(role, value as Method | undefined, this.#user, this.#side, this.#control);
  }

  get start(): unknown {
    return this.counted('start', 'start');
  }

  get type(): unknown {
    const type = this.#user.type;
    if (type !== undefined && this.#side.kind === 'source') this.#side.exact = false;
    return type;
  }
}

class CountedSource extends CountedFunctions {
  get autoAllocateChunkSize(): unknown {
    return this.plain('autoAllocateChunkSize');
  }
  get pull(): unknown {
    return this.counted('pull', 'pull');
  }
  get cancel(): unknown {
    return this.counted('cancel', 'cancel');
  }
}

class CountedTransformer extends CountedFunctions {
  get readableType(): unknown {
    return this.plain('readableType');
  }
  get writableType(): unknown {
    return this.plain('writableType');
  }
  get transform(): unknown {
    return this.counted('transform', 'chunk');
  }
  get flush(): unknown {
    return this.counted('flush', 'end');
  }
  get cancel(): unknown {
    return this.counted('cancel', 'cancel');
  }
}

class CountedSink extends CountedFunctions {
  get write(): unknown {
    return this.counted('write', 'chunk');
  }
  get close(): unknown {
    return this.counted('close', 'end');
  }
  get abort(): unknown {
    return this.counted('abort', 'cancel');
  }
}

const COUNTED = { source: CountedSource, transform: CountedTransformer, sink: CountedSink } as const;

export function countedFunctions(given: unknown, side: Side, control: Int32Array): unknown {
  if (given !== undefined && given !== null && typeof given !== 'object' && typeof given !== 'function') return given;
  return new COUNTED[side.kind]((given ?? {}) as object, side, control);
}

/** A queuing strategy that counts the chunks written: a writable stream asks for the size of each of them once. */
export class CountedStrategy {
  readonly #user: { readonly size?: unknown; readonly highWaterMark?: unknown };
  readonly #side: Side;

  private constructor(user: object, side: Side) {
    this.#user = user;
    this.#side = side;
  }

  static of(given: unknown, side: Side): unknown {
    if (given !== undefined && given !== null && typeof given !== 'object' && typeof given !== 'function') return given;
    return new CountedStrategy((given ?? {}) as object, side);
  }

  get highWaterMark(): unknown {
    return this.#user.highWaterMark;
  }

  get size(): unknown {
    const size = this.#user.size as ((chunk: unknown) => unknown) | undefined;
    const side = this.#side;
    if (size === undefined) {
      return () => {
        side.written++;
        return 1;
      };
    }
    if (typeof size !== 'function') return size;
    return (chunk: unknown) => {
      side.written++;
      return size(chunk);
    };
  }
}

function counted(
  role: Role,
  fn: Method | undefined,
  user: object,
  side: Side,
  control: Int32Array,
): Method | undefined {
  if (role === 'chunk')
    return countedChunk(fn ?? (side.kind === 'transform' ? passOn : undefined), user, side, control);
  if (role === 'pull') return fn === undefined ? undefined : countedPull(fn, user, side, control);
  return (...rest: unknown[]): unknown => {
    if (role === 'start') {
      const controller = rest[0] as Controller & object;
      side.controller = controller;
      // A sink puts nothing out.
      if (side.kind !== 'sink') rememberSide(controller, side);
    }
    if (role === 'cancel') side.failed = true;
    const result = fn === undefined ? undefined : Reflect.apply(fn, user, rest);
    const end = (): void => {
      if (role === 'end') side.ended = true;
    };
    const settled = (): void => {
      side.pending--;
      end();
    };
    const promise = role === 'cancel' ? undefined : side.await(result, settled, side.refused);
    if (promise === undefined) end();
    return promise ?? result;
  };
}

/** The function that every chunk pays for. */
function countedChunk(fn: Method | undefined, user: object, side: Side, control: Int32Array): Method {
  return (chunk: unknown, controller: Controller & object): unknown => {
    const { controller: outerController, side: outerSide } = active;
    // The cell is Control.RUNNING_OPERATOR.
    const previous = control[2] as number;
    active.controller = controller;
    active.side = side;
    control[2] = side.operator === undefined ? 0 : side.operator.id;
    side.running = true;
    let result: unknown;
    try {
      result = fn?.call(user, chunk, controller);
    } catch (error) {
      side.failed = true;
      throw error;
    } finally {
      side.running = false;
      control[2] = previous;
      active.controller = outerController;
      active.side = outerSide;
    }
    const promise = result === undefined ? undefined : side.await(result, side.settled, side.refused);
    if (promise === undefined) side.finishChunk();
    return promise ?? result;
  };
}

/** A source is shown while it runs, so that one that blocks the main thread is known. */
function countedPull(fn: Method, user: object, side: Side, control: Int32Array): Method {
  return (controller: unknown): unknown => {
    const previous = control[2] as number;
    control[2] = side.operator === undefined ? 0 : side.operator.id;
    try {
      return fn.call(user, controller);
    } finally {
      control[2] = previous;
    }
  };
}
