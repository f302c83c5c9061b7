import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { getEnvironmentData, isMainThread } from 'node:worker_threads';

/** Where a thread finds the agent of its process. */
export const MEETING_KEY = 'streamgauge.agent';

const PACKAGE_MANAGERS = [
  'npm-cli.js',
  'npx-cli.js',
  'npm',
  'npx',
  'yarn',
  'yarn.js',
  'pnpm',
  'pnpm.cjs',
  'corepack.js',
];

/**
 * Whether a preloaded agent has anything to do here. Preloaded modules also run in worker threads, where the agent is joined
 * if one runs, and, through NODE_OPTIONS, in package managers that only start the program that is meant: there nothing happens.
 * Asked before anything else is loaded.
 */
export function isWanted(): boolean {
  if (!isMainThread) return !isOff() && getEnvironmentData(MEETING_KEY) !== undefined;
  return !isOff() && !PACKAGE_MANAGERS.includes(basename(process.argv[1] ?? ''));
}

/** Says in one line why the agent does not run. Whatever is wrong with it or its settings, the program runs. */
export function stayOff(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    if (process.env.STREAMGAUGE_LOG !== 'off')
      writeSync(2, `streamgauge: ${reason.replace(/\s+/g, ' ')} The agent stays off.\n`);
  } catch {
    // stderr is closed; the program runs all the same.
  }
}

function isOff(): boolean {
  const value = process.env.STREAMGAUGE_DISABLED;
  return value === '1' || value === 'true';
}
