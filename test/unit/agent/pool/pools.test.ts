import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConnectionBook } from '../../../../agent/src/connection/connection-book.ts';
import { hookConnections } from '../../../../agent/src/connection/hooks.ts';
import { hookCommonJs } from '../../../../agent/src/load/commonjs.ts';
import { PoolBook } from '../../../../agent/src/pool/pool-book.ts';
import { followPools } from '../../../../agent/src/pool/pool-packages.ts';
import { Patches } from '../../../../agent/src/stream/patch.ts';

const patches = new Patches();
const clock = new Float64Array([1000]);
const fail = (error: unknown): void => {
  throw error;
};
const undo: (() => void)[] = [];
const load = createRequire(import.meta.url);
let pools: PoolBook;

beforeAll(() => {
  hookConnections(patches, new ConnectionBook(() => clock[0] as number), clock, fail);
  // One book for all: a package is loaded, and hooked, once.
  pools = new PoolBook();
  hookCommonJs(patches, followPools(patches, pools, fail), fail, () => undefined);
});
afterEach(() => {
  for (const step of undo.splice(0)) step();
});
afterAll(() => patches.restore());

async function listening(server: Server): Promise<number> {
  undo.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as { port: number }).port;
}

const factsOf = (kind: string) =>
  pools
    .facts()
    .filter((facts) => facts.kind === kind)
    .at(-1);

describe('pools of packages', () => {
  it('of pg: clients that were not given back, and who waits for one', async () => {
    const { Pool } = load('pg') as {
      Pool: new (options: object) => { connect(): Promise<{ release(): void }>; end(): Promise<void> };
    };
    class Client {
      host = 'db';
      port = 5432;
      connect(done: () => void): void {
        setImmediate(done);
      }
      on(): void {}
      once(): void {}
      removeListener(): void {}
      end(done: () => void): void {
        done();
      }
      get _queryable(): boolean {
        return true;
      }
    }
    const pool = new Pool({ max: 2, Client });
    const first = await pool.connect();
    await pool.connect();
    const third = pool.connect();
    expect(factsOf('pg-pool')).toMatchObject({
      kind: 'pg-pool',
      peer: 'db:5432',
      size: 2,
      inUse: 2,
      making: 0,
      owed: 0,
      waiting: 1,
    });
    first.release();
    await third;
    expect(factsOf('pg-pool')).toMatchObject({ inUse: 2, waiting: 0 });
  });

  it('of mysql2: a server that does not even greet', async () => {
    const { createPool } = load('mysql2') as {
      createPool(options: object): { getConnection(callback: () => void): void; end(): void };
    };
    const port = await listening(createServer((peer) => peer.on('error', () => undefined)));
    const pool = createPool({ host: '127.0.0.1', port, connectionLimit: 1, connectTimeout: 600_000 });
    pool.getConnection(() => undefined);
    pool.getConnection(() => undefined);
    await vi.waitFor(() =>
      expect(factsOf('mysql2')).toMatchObject({
        kind: 'mysql2',
        peer: `127.0.0.1:${port}`,
        size: 1,
        inUse: 1,
        making: 0,
        owed: 1,
        waiting: 1,
      }),
    );
    pool.end();
  });

  it('of generic-pool: what was borrowed', async () => {
    const { createPool } = load('generic-pool') as {
      createPool(factory: object, options: object): { acquire(): Promise<object>; release(one: object): Promise<void> };
    };
    const pool = createPool({ create: async () => ({}), destroy: async () => undefined }, { max: 1 });
    const first = await pool.acquire();
    const second = pool.acquire();
    expect(factsOf('generic-pool')).toMatchObject({ size: 1, inUse: 1, making: 0, owed: 0, waiting: 1 });
    await pool.release(first);
    await second;
    expect(factsOf('generic-pool')).toMatchObject({ inUse: 1, waiting: 0 });
  });

  it('of undici: connections whose answers nobody reads', async () => {
    const { Pool } = load('undici') as {
      Pool: new (
        origin: string,
        options: object,
      ) => { request(options: object): Promise<{ body: { dump(): Promise<void> } }>; destroy(): void };
    };
    const server = createHttpServer((_request, response) => response.end('x'.repeat(1_000_000)));
    const port = await listening(server);
    undo.push(() => server.closeAllConnections());
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
    undo.push(() => void pool.destroy());
    const { body } = await pool.request({ path: '/', method: 'GET' });
    const second = pool.request({ path: '/', method: 'GET' });
    expect(factsOf('undici')).toMatchObject({
      kind: 'undici',
      peer: `127.0.0.1:${port}`,
      size: 1,
      inUse: 1,
      making: 0,
      owed: 0,
      waiting: 1,
    });
    await body.dump();
    await (await second).body.dump();
    expect(factsOf('undici')).toMatchObject({ waiting: 0 });
  });

  it('of ioredis: a connection that is held by a command which waits for something to happen', async () => {
    const { Redis } = load('ioredis') as {
      Redis: new (
        options: object,
      ) => Record<'blpop' | 'get', (...words: unknown[]) => Promise<unknown>> & { disconnect(): void; stream: object };
    };
    const port = await listening(
      createServer((peer) =>
        peer
          .on('data', (words) => /get|blpop/i.test(String(words)) || peer.write('+OK\r\n'))
          .on('error', () => undefined),
      ),
    );
    const client = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false, disableClientInfo: true });
    undo.push(() => client.disconnect());
    client.get('price').catch(() => undefined);
    await vi.waitFor(() => expect((client as unknown as { status: string }).status).toBe('ready'));
    expect([factsOf('ioredis'), pools.held().size]).toEqual([undefined, 0]);
    const second = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false, disableClientInfo: true });
    undo.push(() => second.disconnect());
    second.blpop('jobs', 0).catch(() => undefined);
    second.get('price').catch(() => undefined);
    await vi.waitFor(() =>
      expect(factsOf('ioredis')).toEqual({
        kind: 'ioredis',
        peer: `127.0.0.1:${port}`,
        size: 1,
        inUse: 1,
        making: 0,
        owed: 0,
        waiting: 1,
        holder: 'blpop',
      }),
    );
    expect([...pools.held()]).toEqual([second.stream]);
  });

  it('are forgotten with the program', () => {
    const book = new PoolBook();
    for (let count = 0; count < 1000; count++)
      book.note({}, () => ({ kind: 'x', peer: '', size: 0, inUse: 0, making: 0, owed: 0, waiting: count, holder: '' }));
    expect(book.facts()).toHaveLength(20);
  });
});
