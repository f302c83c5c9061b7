import { describe, expect, it } from 'vitest';
import { isUserFile, userCallSite } from '../../../../agent/src/operator/call-site.ts';

function hook(): ReturnType<typeof userCallSite> {
  return userCallSite(hook);
}

describe('a call site', () => {
  it('is the innermost call of the user above the hook', () => {
    function caller(): ReturnType<typeof hook> {
      return hook();
    }
    expect(caller()).toMatchObject({ function: 'caller', file: import.meta.filename, line: expect.any(Number) });
  });

  it('leaves the way in which the program formats its stacks as it was', () => {
    const { stackTraceLimit } = Error;
    const mine = (error: Error): string => `mine: ${error.message}`;
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = mine;
    try {
      hook();
      expect(Error.prepareStackTrace).toBe(mine);
      expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    } finally {
      if (before === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
      else Error.prepareStackTrace = before;
    }
  });

  it.each([
    ['/app/src/step.mjs', true],
    ['C:\\app\\step.mjs', true],
    ['/app/node_modules/pg/lib/client.js', false],
    ['C:\\app\\node_modules\\pg\\client.js', false],
    ['node:internal/streams/readable', false],
    [undefined, false],
  ])('in %s is of the user: %s', (file, expected) => {
    expect(isUserFile(file)).toBe(expected);
  });
});
