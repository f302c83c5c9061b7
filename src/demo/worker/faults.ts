import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ConnectionPool } from './connection-pool.ts';
import type { FaultOrder } from './fault-watch.ts';

/**
 * Lets the demo break this program from outside. A thread watches the control file, because a blocked main thread could not
 * see that its fault is to be lifted. The fault `slow-sink` is not here: the storage itself stops answering.
 */
export function obeyFaults(controlFile: string, pool: ConnectionPool, stopWords: Int32Array): void {
  const watch = new Worker(new URL(`./fault-watch${extname(import.meta.url)}`, import.meta.url), {
    workerData: { controlFile, stopWords, parentPid: process.ppid },
  });
  watch.unref();
  let giveBack: (() => void) | undefined;
  watch.on('message', (order: FaultOrder) => {
    giveBack?.();
    giveBack = order === 'hang' ? pool.leak() : undefined;
  });
}
