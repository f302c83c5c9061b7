import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../../monitor/src/store/sqlite/database.ts';
import { createExecutor } from '../../../../monitor/src/store/sqlite/operations.ts';
import { createSqliteStore } from '../../../../monitor/src/store/sqlite/sqlite-store.ts';
import { incident, lifecycle } from '../../../contract/store.contract.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const origin = { job: 'index', worker: 'w1', session: 's1' };
/** A disk that does not have to be waited for, where there is one: hundreds of commits are made here. */
const TEMPORARY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const EVENTS = 300;
const PAGE = 4096;
const SECTOR = 512;
/** What a piece of damage may make unreadable without being noticed: entries in one page. */
const ENTRIES_OF_A_PAGE = 40;

type Damage = (bytes: Buffer, at: number) => Buffer;
const DAMAGES: Readonly<Record<string, Damage>> = {
  'cut off': (bytes, at) => bytes.subarray(0, at),
  'a bit that has turned': (bytes, at) => {
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    return bytes;
  },
  'zeroes in place of a sector': (bytes, at) => bytes.fill(0, at, Math.min(bytes.length, at + SECTOR)),
  'a sector of something else': (bytes, at) => bytes.fill(0xa5, at, Math.min(bytes.length, at + SECTOR)),
};

interface Row {
  readonly offset: number;
  readonly payload: string;
}

/** Opens the file as the store's thread does, without the thread. */
function open(folder: string) {
  const snapshots = { perWorker: 1, bytes: 2 ** 20 };
  const { database, setAside } = openDatabase({ folder, maxBytes: 64 * 2 ** 20, snapshots, startedAt: '' });
  const execute = createExecutor(database, snapshots);
  return {
    setAside,
    rows: () => execute({ kind: 'read-log', startOffset: 0, batchSize: 1000 }) as readonly Row[],
    works: () => execute({ kind: 'probe', nowUnixMs: 1 }),
    close: () => database.close(),
  };
}

describe('a data file that was damaged', () => {
  let folder: string;
  let whole: readonly Row[];
  const store = (where: string, onUnreadable: () => void = () => {}) =>
    createSqliteStore({ folder: where, clock: new FakeClock(), maxBytes: 64 * 2 ** 20, onUnreadable });
  const ownFolder = () => mkdtempSync(join(folder, 'case-'));

  beforeAll(async () => {
    folder = mkdtempSync(join(TEMPORARY, 'streamgauge-damage-'));
    const first = store(folder);
    await first.open();
    for (let number = 1; number <= EVENTS; number += 50) {
      const events = Array.from({ length: 50 }, (_, index) => lifecycle(number + index, `reason ${number + index}`));
      await first.appendEvents(origin, events);
    }
    await first.saveIncident('incident.opened', incident('a'));
    // As a process leaves it that is killed: everything is in the log that is written ahead.
    copyFileSync(join(folder, 'streamgauge.db'), join(folder, 'killed'));
    copyFileSync(join(folder, 'streamgauge.db-wal'), join(folder, 'killed-wal'));
    await first.close();
    const again = open(folder);
    whole = again.rows();
    again.close();
    expect(whole).toHaveLength(EVENTS + 1);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.keys(DAMAGES))(
    'by %s: the monitor starts, and what was stored is told as it was, or kept aside as it is',
    (name) => {
      const bytes = readFileSync(join(folder, 'streamgauge.db'));
      const pages = bytes.length / PAGE;
      // In the head of the file, of a table, of a page, in the middle of one, and at the end; below a sector nothing would be left.
      const places = [20, 100, PAGE, PAGE * 3 + 1000, PAGE * Math.floor(pages / 2) + 8, bytes.length - 3000];
      places.push(bytes.length - 1);
      for (const at of name === 'cut off' ? places.filter((place) => place >= SECTOR) : places) {
        const own = ownFolder();
        const damaged = (DAMAGES[name] as Damage)(Buffer.from(bytes), at);
        writeFileSync(join(own, 'streamgauge.db'), damaged);
        const { setAside, rows, works, close } = open(own);
        if (setAside !== null) expect(readFileSync(setAside).equals(damaged), `${name} at ${at}`).toBe(true);
        else {
          const told = new Map(rows().map(({ offset, payload }) => [offset, payload]));
          const wrong = whole.filter(({ offset, payload }) => told.get(offset) !== payload);
          expect(wrong.length, `${name} at ${at}`).toBeLessThan(ENTRIES_OF_A_PAGE);
        }
        // Either way it works from now on.
        expect(works()).toBe(true);
        close();
      }
    },
  );

  test.each(Object.keys(DAMAGES))(
    'in its log by %s: everything before the damage is there, and nothing wrong',
    (name) => {
      const log = readFileSync(join(folder, 'killed-wal'));
      const lengths: number[] = [];
      for (const at of [0, 40, 3000, Math.floor(log.length / 2), log.length - 100]) {
        const own = ownFolder();
        copyFileSync(join(folder, 'killed'), join(own, 'streamgauge.db'));
        writeFileSync(join(own, 'streamgauge.db-wal'), (DAMAGES[name] as Damage)(Buffer.from(log), at));
        const { rows, works, close } = open(own);
        const told = rows();
        expect(told, `${name} at ${at}`).toEqual(whole.slice(0, told.length));
        lengths.push(told.length);
        expect(works()).toBe(true);
        close();
        expect(readdirSync(own).filter((file) => file.includes('damaged'))).toEqual([]);
      }
      expect(lengths).toEqual(lengths.toSorted((left, right) => left - right));
      expect(lengths.at(-1)).toBeGreaterThan(EVENTS / 2);
    },
  );

  test('in the text of an entry: it is told without it, counted, and stands in nobody’s way', async () => {
    const own = ownFolder();
    const bytes = readFileSync(join(folder, 'streamgauge.db'));
    // What makes JSON of a payload, and of the incident.
    for (const text of ['"reason":"reason 7"', '{"id":"a"']) {
      for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) bytes[at] = 0x5b;
    }
    writeFileSync(join(own, 'streamgauge.db'), bytes);
    let unreadable = 0;
    const damaged = store(own, () => {
      unreadable += 1;
    });
    await damaged.open();
    onTestFinished(() => damaged.close());
    const told = await damaged.readLog(0, 1000);
    expect(told.map(({ offset }) => offset)).toEqual(whole.map(({ offset }) => offset));
    expect(told.filter(({ payload }) => payload === null).map(({ offset }) => offset)).toEqual([6, EVENTS]);
    expect(await damaged.incidents({ state: 'open' }, 10)).toEqual([]);
    expect(await damaged.incident('a')).toBeUndefined();
    expect(unreadable).toBe(4);
  });
});
