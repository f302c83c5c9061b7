import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/**
 * `node --import @streamgauge/agent/register` attaches the agent without a change of code. Preloaded modules also run in
 * worker threads and, through NODE_OPTIONS, in package managers that only start the program that is meant: there nothing
 * happens. Whatever is wrong with the agent or its settings, the program runs.
 */
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

if (isMainThread && !isOff() && !PACKAGE_MANAGERS.includes(basename(process.argv[1] ?? ''))) {
  try {
    const { startAgent } = await import('./start.ts');
    startAgent();
  } catch (error) {
    stayOff(error);
  }
}

/** Asked before anything is loaded. */
function isOff(): boolean {
  const value = process.env.STREAMGAUGE_DISABLED;
  return value === '1' || value === 'true';
}

function stayOff(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    if (process.env.STREAMGAUGE_LOG !== 'off')
      writeSync(2, `streamgauge: ${reason.replace(/\s+/g, ' ')} The agent stays off.\n`);
  } catch {
    // stderr is closed; the program runs all the same.
  }
}
