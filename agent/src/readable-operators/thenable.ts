/** Taken before user code can change them. */
export const thenOf: typeof Promise.prototype.then = Promise.prototype.then;
const { resolve: resolvePromise } = Promise;

/** The promise that Node makes of a value; one that is a promise already stays itself. */
export function resolve(value: unknown): Promise<unknown> {
  return resolvePromise.call(Promise, value);
}

/** Something that is waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
