import { spawn } from 'node:child_process';
import type { TargetProcess } from './target-process.ts';

/**
 * Leaves a small process behind that closes an inspector which this command has asked for and which will only open, or close,
 * when the process has returned from a native call. `known`: inodes of the sockets that are not it.
 */
export function closeLater({ pid, startTicks }: TargetProcess, known: ReadonlySet<string>): void {
  const [, script = ''] = process.argv;
  const command = ['close-inspector', String(pid), startTicks, [...known].join(',')];
  spawn(process.execPath, [...process.execArgv, script, ...command], { detached: true, stdio: 'ignore' }).unref();
}
