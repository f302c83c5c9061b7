import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceLocation } from '../thread/messages.ts';

const AGENT_FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));

/** How deep a call site is looked for. */
const DEPTH = 24;

/** The stack above a function, innermost call first. About 4 µs. */
// biome-ignore lint/complexity/noBannedTypes: any hook
export function callSitesAbove(hook: Function, depth: number = DEPTH): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_error, callSites) => callSites;
    Error.captureStackTrace(holder, hook);
    return Array.isArray(holder.stack) ? holder.stack : [];
  } catch {
    // A user's frozen Error costs the call site and nothing else.
    return [];
  } finally {
    try {
      Error.stackTraceLimit = stackTraceLimit;
      if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
      else Error.prepareStackTrace = prepareStackTrace;
    } catch {
      // Could not be set above either.
    }
  }
}

/** The call of a hook, whoever made it. About 1 µs. */
// biome-ignore lint/complexity/noBannedTypes: any hook
export function callerOf(hook: Function): NodeJS.CallSite | undefined {
  return callSitesAbove(hook, 1)[0];
}

/** Files named at most; a program has fewer, unless it makes code at run time. */
const MAX_FILES = 5000;
/** Paths of files by the names that V8 has for them: to take a URL apart costs more than to walk the stack. */
const paths: Map<string, string> = new Map();

/** Path of the file that a call is in; undefined for native code. */
export function fileOf(callSite: NodeJS.CallSite): string | undefined {
  const name = callSite.getFileName();
  if (typeof name !== 'string' || name === '') return undefined;
  const known = paths.get(name);
  if (known !== undefined) return known;
  const path = pathOf(name);
  if (paths.size < MAX_FILES) paths.set(name, path);
  return path;
}

function pathOf(name: string): string {
  const bare = name.split('?', 1)[0] as string;
  if (!bare.startsWith('file:')) return bare;
  try {
    return fileURLToPath(bare);
  } catch {
    // Code that is made at run time may bear any name.
    return bare;
  }
}

/** True for code of the agent itself: another of its hooks may lie around a call. */
export function isAgentFile(file: string): boolean {
  return file.startsWith(AGENT_FOLDER);
}

/** True for code of the user's own project: neither Node's, nor the agent's, nor an installed package's. */
export function isUserFile(file: string | undefined): file is string {
  if (file === undefined || file.startsWith('node:') || isAgentFile(file)) return false;
  return !/[\\/]node_modules[\\/]/.test(file);
}

/** The innermost call of the user's own code above a hook. */
// biome-ignore lint/complexity/noBannedTypes: any hook
export function userCallSite(hook: Function): SourceLocation | undefined {
  return toLocation(callSitesAbove(hook).find((callSite) => isUserFile(fileOf(callSite))));
}

export function toLocation(callSite: NodeJS.CallSite | undefined): SourceLocation | undefined {
  if (callSite === undefined) return undefined;
  return {
    function: callSite.getFunctionName() ?? '',
    file: fileOf(callSite) ?? '',
    line: callSite.getLineNumber() ?? 0,
    column: callSite.getColumnNumber() ?? 0,
  };
}
