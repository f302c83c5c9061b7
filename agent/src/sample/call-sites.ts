import { LIMITS } from '@streamgauge/proto/limits';

/** Function, file, line, column; empty and 0: unknown. Plain, because it goes through the inspector by value. */
export type RawFrame = readonly [name: string, file: string, line: number, column: number];

/** A stack that V8 has noted down. It makes call sites of it when it is asked for them, which takes most of the time. */
export interface NotedStack {
  readonly stack?: unknown;
}

/**
 * Frames of the running code outside of `below`, innermost first; undefined when they cannot be had. The user's
 * Error.prepareStackTrace never runs, and finds itself and Error.stackTraceLimit as they were.
 */
export function captureStack(below: (...args: never[]) => unknown): RawFrame[] | undefined {
  return withOwnStacks(LIMITS.FRAMES_PER_STACK + 1, () => sitesOf(noteStack(below)).map(rawFrame));
}

/** Notes the frames outside of `below`. To be called within `withOwnStacks`, and so is `sitesOf`. */
export function noteStack(below: (...args: never[]) => unknown): NotedStack {
  const noted: NotedStack = {};
  Error.captureStackTrace(noted, below);
  return noted;
}

/** Call sites of a noted stack, innermost first. */
export function sitesOf({ stack }: NotedStack): readonly NodeJS.CallSite[] {
  return Array.isArray(stack) ? (stack as NodeJS.CallSite[]) : [];
}

/** Runs a task while stacks have up to `limit` frames and are given as call sites; undefined when that cannot be had. */
export function withOwnStacks<T>(limit: number, task: () => T): T | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = giveCallSites;
    return task();
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

/** What a site says. Promise.all and its like have no place of their own. */
export function rawFrame(site: NodeJS.CallSite): RawFrame {
  const combinator = combinatorOf(site);
  if (combinator !== undefined) return [combinator, '', 0, 0];
  return [
    site.getFunctionName() ?? '',
    site.getScriptNameOrSourceURL() || site.getFileName() || '',
    site.getLineNumber() ?? 0,
    site.getColumnNumber() ?? 0,
  ];
}

/** "Promise.all", "Promise.any" or "Promise.allSettled", when the site is one of them that waits for a member. */
export function combinatorOf(site: NodeJS.CallSite): string | undefined {
  if (site.isPromiseAll()) return 'Promise.all';
  return site.getPromiseIndex() === null ? undefined : `Promise.${site.getFunctionName() ?? 'all'}`;
}
