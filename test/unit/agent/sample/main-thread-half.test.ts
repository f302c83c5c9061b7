import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createAwaitWalk } from '../../../../agent/src/sample/await-walk.ts';
import { captureStack } from '../../../../agent/src/sample/call-sites.ts';
import { listResources } from '../../../../agent/src/sample/resources.ts';

describe('a captured stack', () => {
  test('begins at the caller', () => {
    function outer(): string | undefined {
      return captureStack(inner)?.[0]?.[0];
      function inner(): void {}
    }
    const named = (function caller() {
      return captureStack(captureStack as never)?.[0]?.[0];
    })();
    expect(named).toBe('caller');
    expect(outer()).toBeUndefined();
  });

  test("leaves the user's settings of Error as they were and does not run them", () => {
    const before = { limit: Error.stackTraceLimit, prepare: Error.prepareStackTrace };
    let ran = false;
    Error.stackTraceLimit = 3;
    Error.prepareStackTrace = () => {
      ran = true;
      return '';
    };
    const prepare = Error.prepareStackTrace;
    try {
      expect(captureStack(captureStack as never)?.length).toBeGreaterThan(3);
      expect(ran).toBe(false);
      expect(Error.stackTraceLimit).toBe(3);
      expect(Error.prepareStackTrace).toBe(prepare);
    } finally {
      Error.stackTraceLimit = before.limit;
      Error.prepareStackTrace = before.prepare as never;
    }
  });
});

describe('a walk over pending promises', () => {
  test('names who awaits them, with their callers, and touches none of them', async () => {
    const pending: Promise<never>[] = [];
    let settle: (value: string) => void = () => undefined;
    async function lookUp(): Promise<string> {
      const promise = new Promise<string>((resolve) => {
        settle = resolve;
      });
      pending.push(promise as Promise<never>);
      return await promise;
    }
    async function enrich(): Promise<string> {
      return await lookUp();
    }
    const result = enrich();
    await null;
    const { groups } = await createAwaitWalk()(pending);
    expect(groups).toHaveLength(1);
    expect(groups[0]?.frames.map(([name]) => name)).toEqual(['lookUp', 'enrich']);
    settle('still works');
    expect(await result).toBe('still works');
  });

  test('names the members of Promise.all and its like that are pending', async () => {
    const pending = Array.from({ length: 9 }, () => new Promise<never>(() => undefined));
    const done = Promise.resolve();
    async function all(): Promise<void> {
      await Promise.all([done, ...pending.slice(0, 7)]);
    }
    async function any(): Promise<void> {
      await Promise.any([Promise.reject(new Error('on purpose')), pending[7]]);
    }
    async function settled(): Promise<void> {
      await Promise.allSettled([done, done, pending[8]]);
    }
    const results = [all(), any(), settled()];
    await null;
    const { groups } = await createAwaitWalk()(pending);
    expect(groups.map(({ count, frames }) => `${count} ${frames.map(([name]) => name).join(' < ')}`)).toEqual([
      '7 Promise.all (index 1, 2, 3, 4, 5 and 2 more) < all',
      '1 Promise.any (index 1) < any',
      '1 Promise.allSettled (index 2) < settled',
    ]);
    expect(results).toHaveLength(3);
  });

  test('leaves the promises of the process as fast as they were', async () => {
    // V8 gives up its short way through `then` for good when a promise gets a constructor of its own.
    const { defineProperty } = Object;
    const touched: PropertyKey[] = [];
    Object.defineProperty = ((object: object, key: PropertyKey, how: PropertyDescriptor) => {
      if (object instanceof Promise) touched.push(key);
      return defineProperty(object, key, how);
    }) as typeof defineProperty;
    try {
      await createAwaitWalk()([new Promise(() => undefined)]);
    } finally {
      Object.defineProperty = defineProperty;
    }
    expect(touched).toEqual([]);
  });

  test('does not make a rejection that nobody handles look handled', async () => {
    const unhandled: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => unhandled.push(reason));
    try {
      let reject: (reason: unknown) => void = () => undefined;
      const promise = new Promise<never>((_resolve, no) => {
        reject = no;
      });
      await createAwaitWalk()([promise]);
      reject('on purpose');
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual(['on purpose']);
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });

  test('lets the event loop turn while it walks over many', async () => {
    const promises = Array.from({ length: 20_500 }, () => new Promise<never>(() => undefined));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const { walked, promises: total } = await createAwaitWalk()(promises);
    clearInterval(timer);
    expect({ walked, total }).toEqual({ walked: 20_000, total: 20_500 });
    expect(turns).toBeGreaterThan(0);
  });
});

test('resources name the peer of a connection and nothing secret', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    const resources = listResources();
    expect(resources).toContain(`TCPServerWrap 127.0.0.1:${port} (listening)`);
    expect(resources).toContain(`TCPSocketWrap 127.0.0.1:${port}`);
    expect(resources.length).toBeLessThanOrEqual(50);
  } finally {
    socket.destroy();
    server.close();
  }
});
