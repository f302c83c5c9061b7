import { runInThisContext } from 'node:vm';
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

  it('is missed, and nothing else, where Error is frozen', () => {
    const { stackTraceLimit } = Error;
    Object.defineProperty(Error, 'stackTraceLimit', { value: stackTraceLimit, writable: false, configurable: true });
    try {
      expect(hook()).toBeUndefined();
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', { value: stackTraceLimit, writable: true, configurable: true });
    }
  });

  it('may lie in code with a name that is no file', () => {
    const filename = 'file:///made/%2Fup.js';
    const call = runInThisContext('(hook) => hook()', { filename }) as (run: typeof hook) => ReturnType<typeof hook>;
    expect(call(hook)).toMatchObject({ file: filename, line: 1 });
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
