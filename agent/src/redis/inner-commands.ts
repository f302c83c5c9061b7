import { callSitesAbove, fileOf, isAgentFile } from '../operator/call-site.ts';

/** The clients themselves, through which every command comes. */
const CLIENTS = /[\\/]node_modules[\\/](?:ioredis|@ioredis|redis|@redis)[\\/]/;
/** BullMQ tells in a stream of each queue what happens to its jobs: the jobs are followed, and not what is told of them. */
const LIBRARIES = /[\\/]node_modules[\\/]bullmq[\\/]/;

/**
 * True for a command that a library of queues sends for itself. What the user's own code sends from inside a handler that such a
 * library calls is none: the innermost call outside of the client decides.
 */
// biome-ignore lint/complexity/noBannedTypes: any hook
export function isInnerCommand(hook: Function): boolean {
  for (const callSite of callSitesAbove(hook)) {
    const file = fileOf(callSite);
    if (file === undefined || file.startsWith('node:') || isAgentFile(file) || CLIENTS.test(file)) continue;
    return LIBRARIES.test(file);
  }
  return false;
}
