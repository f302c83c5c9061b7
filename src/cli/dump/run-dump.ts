import { CliError } from '../../errors.ts';
import { createDeadline } from '../target/deadline.ts';
import type { Dump } from './dump.ts';
import { dumpProcess } from './dump-process.ts';
import { dumpText } from './dump-text.ts';
import { dumpWorker } from './dump-worker.ts';

/** Options of `streamgauge dump`. */
export interface DumpOptions {
  readonly worker?: string;
  readonly monitor?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** From the start of this command to its answer. */
const LIMIT_MS = 3000;

/** Tells what a process or a worker does now; gives the exit code. Throws CliError when nothing can be told. */
export async function runDump(pid: number | undefined, options: DumpOptions): Promise<number> {
  const { worker, json } = options;
  if ((pid === undefined) === (worker === undefined)) {
    throw new CliError('SG_CLI_USAGE', 'name either a process or a worker: dump 4711, or dump --worker orders-1.', 2);
  }
  // The clock of this process began at its start.
  const deadline = createDeadline(LIMIT_MS - performance.now());
  const dump: Dump =
    pid === undefined ? await dumpWorker(worker as string, options, deadline) : await dumpProcess(pid, deadline);
  process.stdout.write(json === true ? `${JSON.stringify({ event: 'dump', dump })}\n` : dumpText(dump));
  return 0;
}
