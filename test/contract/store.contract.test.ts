import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createMemoryStore } from '../../monitor/src/store/memory-store.ts';
import { createSqliteStore } from '../../monitor/src/store/sqlite/sqlite-store.ts';
import { storeContract } from './store.contract.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

storeContract('memory', (clock) => createMemoryStore({ clock }));
storeContract('SQLite', (clock) => {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-store-'));
  folders.push(folder);
  return createSqliteStore({ folder, clock, maxBytes: 64 * 1024 * 1024 });
});
