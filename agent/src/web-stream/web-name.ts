import type { Method } from '../stream/internals.ts';

const GENERIC_CLASSES: ReadonlySet<unknown> = new Set([
  ...['ReadableStream', 'WritableStream', 'TransformStream', 'Object', 'Function', '', undefined],
]);
const GENERIC_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['start', 'transform', 'flush', 'cancel', 'write', 'close', 'abort', 'pull', '', 'anonymous'],
  // Of the runtime's own, such as the body of a fetch().
  ...['startAlgorithm', 'pullAlgorithm', 'cancelAlgorithm'],
]);

/** What a person would call a Web Stream: its class, else the class or a function it was made with; undefined: neither says. */
export function webName(streamClass: unknown, user: unknown, functions: readonly Method[]): string | undefined {
  try {
    for (const candidate of [streamClass, (user as { constructor?: unknown } | undefined | null)?.constructor]) {
      const name: unknown = (candidate as { name?: unknown } | undefined | null)?.name;
      if (typeof name === 'string' && !GENERIC_CLASSES.has(name)) return name;
    }
    return functions
      .map(({ name }) => String(name).replace(/^bound /, ''))
      .find((name) => !GENERIC_FUNCTIONS.has(name));
  } catch {
    // A getter of the user's that throws is not asked again.
    return undefined;
  }
}
