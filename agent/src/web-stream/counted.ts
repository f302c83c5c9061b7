import type { Method } from '../stream/internals.ts';
import type { Controller, Side } from './side.ts';

/** The controller whose stream runs its user's function now: what it puts out needs no look-up. */
export const active: { controller: object | undefined; side: Side | undefined } = {
  controller: undefined,
  side: undefined,
};

/** The streams of controllers, for what is put out at other times. */
export const controllers: WeakMap<object, Side> = new WeakMap();

type Role = 'start' | 'chunk' | 'pull' | 'end' | 'cancel';

const ROLES: Readonly<Record<Side['kind'], Readonly<Record<string, Role>>>> = {
  source: { start: 'start', pull: 'pull', cancel: 'cancel' },
  transform: { start: 'start', transform: 'chunk', flush: 'end', cancel: 'cancel' },
  sink: { start: 'start', write: 'chunk', close: 'end', abort: 'cancel' },
};

/** What a stream does when its user gives no function. */
const passOn = (chunk: unknown, controller: { enqueue(chunk: unknown): void }): void => controller.enqueue(chunk);

/**
 * What the user has given to a constructor, with its functions counted. The constructor reads each property once, in an order
 * and with getters that stay those of the user's object.
 */
export function countedFunctions(given: unknown, side: Side, control: Int32Array): unknown {
  if (given !== undefined && given !== null && typeof given !== 'object' && typeof given !== 'function') return given;
  const user = (given ?? {}) as object;
  return new Proxy(user, {
    get(_target, key) {
      const value: unknown = Reflect.get(user, key, user);
      if (typeof key !== 'string') return value;
      if (key === 'type' && side.kind === 'source' && value !== undefined) side.exact = false;
      const role = ROLES[side.kind][key];
      if (role === undefined || (value !== undefined && typeof value !== 'function')) return value;
      if (value !== undefined) side.functions.push(value as Method);
      return counted(role, value as Method | undefined, user, side, control);
    },
  });
}

/** A queuing strategy that counts the chunks written: a writable stream asks for the size of each of them once. */
export function countedStrategy(given: unknown, side: Side): unknown {
  if (given !== undefined && given !== null && typeof given !== 'object' && typeof given !== 'function') return given;
  const user = (given ?? {}) as object;
  return new Proxy(user, {
    get(_target, key) {
      const value: unknown = Reflect.get(user, key, user);
      if (key !== 'size' || (value !== undefined && typeof value !== 'function')) return value;
      const size = value as ((chunk: unknown) => unknown) | undefined;
      if (size === undefined) {
        return () => {
          side.written++;
          return 1;
        };
      }
      return (chunk: unknown) => {
        side.written++;
        return size(chunk);
      };
    },
  });
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
      controllers.set(controller, side);
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
