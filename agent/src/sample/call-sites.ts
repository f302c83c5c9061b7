import { LIMITS } from '@streamgauge/proto/limits';

/** Function, file, line, column; empty and 0: unknown. Plain, because it goes through the inspector by value. */
export type RawFrame = readonly [name: string, file: string, line: number, column: number];

/**
 * Frames of the running code outside of `below`, innermost first; undefined when they cannot be had. The user's
 * Error.prepareStackTrace never runs, and finds itself and Error.stackTraceLimit as they were.
 */
export function captureStack(below: (...args: never[]) => unknown, onlyAsync: boolean = false): RawFrame[] | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = LIMITS.FRAMES_PER_STACK + 1;
    Error.prepareStackTrace = giveCallSites;
    Error.captureStackTrace(holder, below);
    const sites = holder.stack;
    if (!Array.isArray(sites)) return undefined;
    const frames: RawFrame[] = [];
    for (const site of sites as NodeJS.CallSite[]) {
      if (!onlyAsync || site.isAsync()) frames.push(rawFrame(site));
    }
    return frames;
  } catch {
    // Frozen intrinsics: Error cannot be told what to do.
    return undefined;
  } finally {
    try {
      Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
      Error.stackTraceLimit = stackTraceLimit;
    } catch {
      // Could not be set above either.
    }
  }
}

function giveCallSites(_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] {
  return sites;
}

function rawFrame(site: NodeJS.CallSite): RawFrame {
  if (site.isPromiseAll()) return ['Promise.all', '', 0, 0];
  return [
    site.getFunctionName() ?? '',
    site.getScriptNameOrSourceURL() || site.getFileName() || '',
    site.getLineNumber() ?? 0,
    site.getColumnNumber() ?? 0,
  ];
}
