import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { HELPER_EXPRESSION } from '../sample/main-helper.ts';
import { NoAnswerError, type OpenMainSession } from '../sample/main-session.ts';

/** A main thread that runs native code does not answer so long, and would write at some time later, when nobody expects it. */
const ANSWER_MS = 3000;
/** How long writing may take: usual is about a second for 100 MB. */
const WRITE_MS = 600_000;
/** So many times the size of what is on the heap has to be free on the disk: a dump is larger than that. */
const FILE_PER_HEAP = 3;

/** How a heap is written. */
export interface HeapDumpOptions {
  readonly openSession: OpenMainSession;
  /** Folder of the worker's user. */
  readonly folder: string;
  readonly pid: number;
  readonly unixMs: () => number;
  readonly heapUsedBytes: () => number;
  /** The main thread is about to be held up by this, which is no blocked loop; and no longer is. */
  readonly onStop: (stopped: boolean) => void;
}

/**
 * Lets the main thread write its heap into a new file that only its own user can read; gives the path. The name of the file says
 * nothing that came from outside. Rejects with the reason.
 */
export async function dumpHeap(options: HeapDumpOptions): Promise<string> {
  const { folder, pid, unixMs, heapUsedBytes, onStop } = options;
  const free = freeBytes(folder);
  if (free < FILE_PER_HEAP * heapUsedBytes()) throw new Error(`there is too little room in ${folder}`);
  const session = await options.openSession();
  if (session === undefined) throw new Error('this Node.js has no inspector, or does not allow the agent to use it');
  try {
    await session.evaluate('1', ANSWER_MS);
    const stamp = new Date(unixMs()).toISOString().replace(/[:.]/g, '-');
    const path = join(folder, `streamgauge-${pid}-${stamp}.heapsnapshot`);
    onStop(true);
    const write = `${HELPER_EXPRESSION}.writeHeap?.(${JSON.stringify(path)}) ?? 'this copy of the agent cannot'`;
    const fault = await session.evaluate<string>(write, WRITE_MS);
    if (fault !== '') throw new Error(fault);
    return path;
  } catch (error) {
    if (error instanceof NoAnswerError) throw new Error('the main thread does not answer');
    throw error;
  } finally {
    onStop(false);
    session.close();
  }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    throw new Error(`${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
}
