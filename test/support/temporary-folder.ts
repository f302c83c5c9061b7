import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenFinished } from './test-end.ts';

/** A new folder that goes with the test, after the processes that it has started; inside a test only. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamgauge-test-'));
  whenFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
