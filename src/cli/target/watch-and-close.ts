import { setTimeout as pause } from 'node:timers/promises';
import { createDeadline } from './deadline.ts';
import { closeFoundInspector, findInspector } from './inspector.ts';
import { examineTarget, isStill } from './target-process.ts';

/** Native calls that last longer than this are left to their process: its inspector then listens on loopback only. */
const WATCH_MS = 10 * 60_000;
const LOOK_EVERY_MS = 200;
const ANSWER_MS = 2000;

/** The work of the process that closeLater leaves behind. Never throws. */
export async function watchAndClose(pid: number, startTicks: string, known: ReadonlySet<string>): Promise<void> {
  const deadline = createDeadline(WATCH_MS);
  try {
    const target = examineTarget(pid);
    while (!deadline.over && target.startTicks === startTicks && isStill(target)) {
      const socket = await findInspector(target, known, createDeadline(ANSWER_MS));
      if (socket !== undefined && (await closeFoundInspector(target, socket, createDeadline(ANSWER_MS)))) return;
      await pause(LOOK_EVERY_MS);
    }
  } catch {
    // The process has ended, and its inspector with it.
  }
}
