import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { faultOf, openDatabase, StoreFaultError } from './database.ts';
import { createExecutor } from './operations.ts';
import type { StoreReply, StoreRequest, StoreResult, StoreThreadOptions } from './protocol.ts';

// The thread that owns the data file. A commit waits for the disk, up to a tenth of a second on a busy one, and must not
// hold up the link.

/** Requests in one transaction; more would make the first of them wait for the last. */
const maxBatch = 256;

if (parentPort !== null) serve(parentPort, workerData as StoreThreadOptions);

function serve(port: NonNullable<typeof parentPort>, options: StoreThreadOptions): void {
  const reply = (message: StoreReply): void => port.postMessage(message);
  let opened: ReturnType<typeof openDatabase>;
  try {
    opened = openDatabase(options);
  } catch (error) {
    reply({ kind: 'refused', fault: error instanceof StoreFaultError ? error.fault : faultOf(error) });
    port.close();
    return;
  }
  const { database } = opened;
  const execute = createExecutor(database, options.snapshots);
  reply({ kind: 'opened', setAside: opened.setAside });

  port.on('message', (first: StoreRequest) => {
    // Everything that has arrived by now shares one commit, and one wait for the disk.
    const batch = [first];
    while (batch.length < maxBatch) {
      const next = receiveMessageOnPort(port) as { readonly message: StoreRequest } | undefined;
      if (next === undefined) break;
      batch.push(next.message);
    }
    const startedMs = performance.now();
    const work = batch.filter((request) => request.operation.kind !== 'close');
    const { results, writes } = commit(work);
    const closing = batch.filter((request) => request.operation.kind === 'close');
    if (closing.length > 0) {
      database.close();
      results.push(...closing.map(({ id }) => ({ id, value: undefined })));
    }
    reply({ kind: 'results', results, commitMs: performance.now() - startedMs, writes });
    if (closing.length > 0) port.close();
  });

  function commit(requests: readonly StoreRequest[]): { results: StoreResult[]; writes: number } {
    if (requests.length === 0) return { results: [], writes: 0 };
    const results: StoreResult[] = [];
    let writes = 0;
    try {
      database.exec('BEGIN');
      for (const { id, operation } of requests) {
        if (operation.kind === 'close') continue;
        if (/^(append|save|prune|probe)/.test(operation.kind)) writes += 1;
        // One bad request must not take its neighbours with it.
        database.exec('SAVEPOINT request');
        try {
          results.push({ id, value: execute(operation) });
        } catch (error) {
          // A full disk ends the whole transaction by itself; then nothing of the batch was kept.
          if (!database.isTransaction) throw error;
          database.exec('ROLLBACK TO request');
          results.push({ id, fault: faultOf(error) });
        }
        database.exec('RELEASE request');
      }
      database.exec('COMMIT');
      return { results, writes };
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      const fault = faultOf(error);
      return { results: requests.map(({ id }) => ({ id, fault })), writes: 0 };
    }
  }
}
