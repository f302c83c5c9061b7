import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultOf, openDatabase } from '../../../../monitor/src/store/sqlite/database.ts';
import { createSqliteStore } from '../../../../monitor/src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../../monitor/src/store/store.ts';
import { incident, lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };

describe('the SQLite store', () => {
  let folder: string;
  const stores: Store[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'streamgauge-sqlite-'));
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (options: Partial<Parameters<typeof createSqliteStore>[0]> = {}): Store => {
    const store = createSqliteStore({ folder, clock: new FakeClock(), maxBytes: 64 * 1024 * 1024, ...options });
    stores.push(store);
    return store;
  };

  test('what was stored is there after closing and opening again', async () => {
    const first = make();
    await first.open();
    await first.appendEvents(origin, [lifecycle(1), lifecycle(2)]);
    await first.saveIncident('incident.opened', incident('a'));
    await first.close();
    const second = make();
    await second.open();
    expect(await second.readLog(0, 10)).toHaveLength(3);
    expect([...(await second.offsets('w1', 's1')).values()]).toEqual([2n]);
    expect(await second.incident('a')).toEqual(incident('a'));
  });

  test('a worker has so many snapshots, and the newest of them', async () => {
    const store = make({ snapshots: { perWorker: 32 } });
    await store.open();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => store.saveSnapshot('w1', 'index', index + 1, { at: index + 1 })),
    );
    await store.saveSnapshot('w2', 'index', 1, { other: true });
    expect(await store.snapshot('w1', 100)).toMatchObject({ snapshot: { at: 100 } });
    expect(await store.snapshot('w1', 70)).toMatchObject({ snapshot: { at: 70 } });
    // They are looked after now and then.
    expect(await store.snapshot('w1', 65)).toBeUndefined();
    expect(await store.snapshot('w2', 100)).toMatchObject({ snapshot: { other: true } });
  });

  test('snapshots of all workers take so many bytes, also those that were there when it was opened, and the oldest go', async () => {
    const body = 'x'.repeat(10_000);
    const first = make();
    await first.open();
    for (let at = 1; at <= 20; at++) await first.saveSnapshot(`w${at}`, 'index', at, body);
    await first.close();
    const second = make({ snapshots: { bytes: 100_000 } });
    await second.open();
    await second.saveSnapshot('w21', 'index', 21, body);
    const kept = await Promise.all(Array.from({ length: 21 }, (_, index) => second.snapshot(`w${index + 1}`, 99)));
    const count = kept.filter((snapshot) => snapshot !== undefined).length;
    expect(count).toBeLessThanOrEqual(10);
  });

  test('an incident of a version without labels has none', async () => {
    const store = make();
    await store.open();
    const { labels, jobs, ...old } = incident('old');
    await store.saveIncident('incident.opened', old as typeof old & { labels: typeof labels; jobs: typeof jobs });
    expect((await store.incident('old'))?.labels).toEqual({});
    expect((await store.incident('old'))?.jobs, 'and it was of one job').toEqual([old.job]);
    expect((await store.incidents({}, 1))[0]?.labels).toEqual({});
  });

  test('a commit returns when the disk has it, and not when the system has', () => {
    const { database } = openDatabase({
      folder,
      maxBytes: 64 * 1024 * 1024,
      snapshots: { perWorker: 1, bytes: 1024 * 1024 },
      startedAt: '',
    });
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    expect([pragma('synchronous'), pragma('journal_mode'), pragma('locking_mode')]).toEqual([2, 'wal', 'exclusive']);
    database.close();
  });

  test.each([
    [13, 'full', /free space/],
    [10, 'failed', /^the disk reported an error: /],
    [8, 'unwritable', /^attempt/],
    [14, 'unwritable', /^attempt/],
    [11, 'failed', /^attempt/],
  ] as const)('what SQLite answers with code %i is told as %s', (errcode, reason, message) => {
    // The upper bits say more: 266 is a failed read, 778 a failed write of the code 10.
    for (const extended of [errcode, errcode | (3 << 8)]) {
      const fault = faultOf(Object.assign(new Error('attempt to use it'), { errcode: extended }));
      expect(fault).toEqual({ reason, message: expect.stringMatching(message) });
    }
  });

  test('calls that arrive together share one commit', async () => {
    const commits: number[] = [];
    const store = make({ onCommit: (_, writes) => commits.push(writes) });
    await store.open();
    await Promise.all(Array.from({ length: 100 }, (_, index) => store.appendEvents(origin, [lifecycle(index + 1)])));
    expect(commits.reduce((sum, writes) => sum + writes, 0)).toBe(100);
    expect(commits.length).toBeLessThan(30);
  });

  test('a call that fails half way leaves nothing behind, and its neighbours in the commit are kept', async () => {
    const store = make();
    await store.open();
    // The table of incidents takes it; the log then refuses an entry without a worker.
    const bad = { ...incident('half'), worker: undefined as unknown as string };
    const calls = await Promise.allSettled([
      store.appendEvents(origin, [lifecycle(1)]),
      store.saveIncident('incident.opened', bad),
      store.appendEvents(origin, [lifecycle(2)]),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.incident('half')).toBeUndefined();
    expect((await store.readLog(0, 10)).map(({ topic }) => topic)).toEqual(['lifecycle', 'lifecycle']);
  });

  test('a damaged file is set aside under a new name, said so, and a new one is begun', async () => {
    writeFileSync(join(folder, 'streamgauge.db'), 'this is no database, but somebody may want it back');
    const aside: string[] = [];
    const store = make({ onSetAside: (path) => aside.push(path) });
    await store.open();
    await store.probe();
    expect(aside).toEqual([join(folder, 'streamgauge.db.damaged-20260102T030405000Z')]);
    expect(readFileSync(aside[0] as string, 'utf8')).toBe('this is no database, but somebody may want it back');
  });

  test('a file with a page of garbage in its middle is set aside too', async () => {
    const first = make();
    await first.open();
    await first.appendEvents(
      origin,
      Array.from({ length: 500 }, (_, index) => lifecycle(index + 1, 'x'.repeat(200))),
    );
    await first.close();
    const path = join(folder, 'streamgauge.db');
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 3, 4096 * 6);
    writeFileSync(path, bytes);
    const aside: string[] = [];
    const second = make({ onSetAside: (name) => aside.push(name) });
    await second.open();
    expect(aside).toHaveLength(1);
    expect(readFileSync(aside[0] as string).equals(bytes)).toBe(true);
    expect(await second.readLog(0, 10)).toEqual([]);
  });

  test('a newer format is refused and its file is left as it was', async () => {
    const first = make();
    await first.open();
    await first.close();
    const path = join(folder, 'streamgauge.db');
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = readFileSync(path);
    await expect(make().open()).rejects.toMatchObject({
      code: 'SG_MONITOR_DATA_FOREIGN',
      message: expect.stringContaining('has format 99'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('the database of another program is refused and left as it was', async () => {
    const path = join(folder, 'streamgauge.db');
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE customers (name TEXT)');
    database.close();
    const before = readFileSync(path);
    await expect(make().open()).rejects.toMatchObject({ code: 'SG_MONITOR_DATA_FOREIGN' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('two stores cannot share a folder', async () => {
    await make().open();
    await expect(make().open()).rejects.toMatchObject({ code: 'SG_MONITOR_DATA_IN_USE' });
  });

  test('a folder that cannot be made is one clear sentence', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(make({ folder: join(folder, 'file', 'data') }).open()).rejects.toMatchObject({
      code: 'SG_MONITOR_DATA_UNWRITABLE',
      message: expect.stringMatching(/^The data folder .* cannot be written .*permissions\.$/),
    });
  });

  test.skipIf(process.platform !== 'linux')(
    'a folder below one that takes none is refused rather than tried for ever (on procfs, which only Linux has)',
    async () => {
      await expect(make({ folder: '/proc/streamgauge/data' }).open()).rejects.toMatchObject({
        code: 'SG_MONITOR_DATA_UNWRITABLE',
      });
    },
  );

  test('folders above the data folder are made', async () => {
    const store = make({ folder: join(folder, 'a', 'b') });
    await store.open();
    await expect(store.probe()).resolves.toBeUndefined();
    expect(statSync(join(folder, 'a', 'b', 'streamgauge.db')).mode & 0o777).toBe(0o600);
  });

  test('a path that is a folder where the file should be is refused', async () => {
    mkdirSync(join(folder, 'streamgauge.db'));
    await expect(make().open()).rejects.toMatchObject({ code: 'SG_MONITOR_DATA_UNWRITABLE' });
  });

  test('a full store refuses the call that does not fit, keeps the rest, and works again after pruning', async () => {
    const clock = new FakeClock();
    const store = make({ maxBytes: 1024 * 1024, clock, snapshots: { bytes: Number.POSITIVE_INFINITY } });
    await store.open();
    let stored = 0;
    let refusal: unknown;
    while (refusal === undefined && stored < 1000) {
      try {
        await store.saveSnapshot('w1', 'index', stored, { text: 'x'.repeat(20_000) });
        stored += 1;
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: 'SG_MONITOR_STORE_FULL', message: expect.stringContaining('storeMaxBytes') });
    expect(await store.snapshot('w1', stored - 1)).toBeDefined();
    expect(await store.snapshot('w1', stored)).toMatchObject({ at: new Date(stored - 1).toISOString() });
    expect(await store.prune(stored)).toBe(stored);
    await expect(store.saveSnapshot('w1', 'index', 5000, { text: 'x'.repeat(20_000) })).resolves.toBeUndefined();
  });

  test('nothing that was acknowledged is missing after kill -9 in the middle of writing', {
    timeout: 60_000,
  }, async () => {
    const program = join(import.meta.dirname, 'fixtures', 'write-until-killed.ts');
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, ['--conditions=streamgauge-source', program, folder, `s${round}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString('utf8');
          if (output.split('\n').length > 40 + 60 * round) child.kill('SIGKILL');
        });
        child.on('close', () => resolve());
      });
      const acknowledged = BigInt(output.trimEnd().split('\n').at(-1) ?? 0);
      expect(acknowledged).toBeGreaterThan(30n);
      const store = make();
      await store.open();
      const [offset] = (await store.offsets('w1', `s${round}`)).values();
      expect(offset).toBeGreaterThanOrEqual(acknowledged);
      const entries = (await store.readLog(0, 1_000_000)).filter(({ job }) => job === `s${round}`);
      expect(entries.map(({ payload }) => Number((payload as { reason: string }).reason))).toEqual(
        Array.from({ length: Number(offset) }, (_, index) => index + 1),
      );
      await store.close();
    }
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
