import { readFileSync, statSync } from 'node:fs';
import { fileOf, isUserFile, toLocation } from '../operator/call-site.ts';
import type { Method } from '../stream/internals.ts';
import type { SourceLocation } from '../thread/messages.ts';

/** Where an iterator is pulled from. */
export interface LoopSite {
  readonly location: SourceLocation;
  readonly functionName: string | null;
  /** Code of Node's own. */
  readonly internal: boolean;
  /** The code is the user's own, not that of an installed package. */
  readonly own: boolean;
  /**
   * True: `for await` or `yield*`, which pull the next record when they are done with the one before. False: a call by hand.
   * Undefined: the file is not what V8 runs, because its code was transformed on the way.
   */
  readonly loop: boolean | undefined;
  /** Records are taken by calls, in what is taken for a loop: whoever calls may go on to something else at any time. */
  readonly byHand?: boolean;
}

/** The innermost frame above a hook, not yet made into text. */
export interface RawSite {
  stack?: unknown;
}

/** Places looked up at most; a program has fewer loops. */
const MAX_PLACES = 1000;
/** Longer files are not read, in bytes. */
const MAX_FILE_BYTES = 4_000_000;
/** V8 points at the variable of the loop, and at what is delegated to. */
const LOOP_BEFORE = /(?:\bfor\s+await\s*\(\s*(?:(?:const|let|var)\s*)?|\byield\s*\*\s*)$/;
const NEXT = 'next';
/** How much text before the place is looked at, in characters. */
const TEXT_BEFORE = 200;

/** V8 points at the name of the method that is called. */
const CALL = /\.\s*next$/;
const loops: Map<string, boolean | undefined> = new Map();

/** Remembers the frame that calls a hook; about 1 µs, and 5 more for `readSite`. */
export function rememberSite(hook: Method): RawSite {
  const site: RawSite = {};
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.captureStackTrace(site, hook);
    Error.stackTraceLimit = stackTraceLimit;
  } catch {
    // A user's frozen Error costs the place and nothing else.
  }
  return site;
}

/** Makes a remembered frame into a place. Undefined when it cannot be had. */
export function readSite(raw: RawSite): LoopSite | undefined {
  const { prepareStackTrace } = Error;
  let frame: NodeJS.CallSite | undefined;
  try {
    Error.prepareStackTrace = (_error, frames) => frames;
    frame = Array.isArray(raw.stack) ? (raw.stack[0] as NodeJS.CallSite) : undefined;
  } catch {
    return undefined;
  } finally {
    try {
      if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
      else Error.prepareStackTrace = prepareStackTrace;
    } catch {
      // Could not be set above either.
    }
  }
  const location = toLocation(frame);
  if (frame === undefined || location === undefined) return undefined;
  const file = fileOf(frame);
  const internal = file === undefined || file.startsWith('node:');
  return {
    location,
    functionName: frame.getFunctionName(),
    internal,
    own: isUserFile(file),
    loop: internal ? false : isLoop(location),
  };
}

function isLoop({ file, line, column }: SourceLocation): boolean | undefined {
  const place = `${file}:${line}:${column}`;
  if (loops.has(place)) return loops.get(place);
  const text = textUpTo(file, line, column);
  const loop = LOOP_BEFORE.test(text.slice(0, -NEXT.length)) ? true : CALL.test(text) ? false : undefined;
  if (loops.size < MAX_PLACES) loops.set(place, loop);
  return loop;
}

/** The text before a place, and as much of what follows as the word takes. */
function textUpTo(file: string, line: number, column: number): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return '';
    const text = readFileSync(file, 'utf8');
    let start = 0;
    for (let count = 1; count < line; count++) start = text.indexOf('\n', start) + 1;
    const end = start + column - 1;
    return text
      .slice(Math.max(0, end - TEXT_BEFORE), end)
      .concat(text.slice(end, end + NEXT.length).padEnd(NEXT.length));
  } catch {
    return '';
  }
}
