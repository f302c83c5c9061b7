import { closeSync, openSync, unlinkSync } from 'node:fs';
import { writeHeapSnapshot } from 'node:v8';

/**
 * Writes the heap of this thread into a new file that only its own user can read. Gives the reason when it cannot, empty: it is
 * written. Never throws; may be called in the middle of any user code.
 */
export function writeHeapFile(path: string): string {
  try {
    // A file that is there, or a link that somebody has put there, is left alone.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    return `the file cannot be made (${codeOf(error)})`;
  }
  try {
    writeHeapSnapshot(path);
    return '';
  } catch (error) {
    try {
      unlinkSync(path);
    } catch {
      // Whatever is left of it stays.
    }
    return `it could not be written (${codeOf(error)})`;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown reason';
}
