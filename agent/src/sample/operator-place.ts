import type { SourceLocation } from '../thread/messages.ts';
import type { RawFrame } from './call-sites.ts';
import { plainFile } from './frames.ts';
import { HELPER_EXPRESSION, type InspectionFacts } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import { createSourceReader, pathsOf, projectFiles, type SourceReader } from './source-files.ts';

/** Lines of a file that belong to one function of an operator. */
export interface FunctionPlace {
  readonly location: SourceLocation;
  /** Line of the last character of the function. */
  readonly lastLine: number;
  /** Characters from there to its end. */
  readonly length: number;
}

/** What is known of an operator after asking the main thread. */
export interface OperatorFacts extends Omit<InspectionFacts, 'texts'> {
  /** Places of those functions whose file is known; the first one is where the operator starts. */
  readonly places: readonly FunctionPlace[];
}

/** Where V8 says that a function starts; counts from 0. */
interface FunctionStart {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

const MAX_FUNCTIONS = 10;
/** A name may contain parentheses, as in `[key()](x) {}`; not many. */
const MAX_PARENTHESES = 5;

/** How an operator is looked for. */
export interface OperatorSearch {
  /** Files its functions are most likely in. */
  readonly files: readonly string[];
  /** True: when none of them has them, the modules that were loaded and the sources of the project are tried. */
  readonly thorough: boolean;
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** Asks the main thread about an operator. Rejects as the session does. */
export async function findOperator(
  session: MainSession,
  operatorId: number,
  { files, thorough, timeoutMs, nowMs }: OperatorSearch,
): Promise<OperatorFacts | undefined> {
  const facts = await session.evaluate<InspectionFacts | undefined>(
    `${HELPER_EXPRESSION}.inspect(${operatorId})`,
    timeoutMs,
  );
  if (facts === undefined || facts === null) return undefined;
  const { texts: all, ...told } = facts;
  const texts = all.slice(0, MAX_FUNCTIONS);
  if (texts.length === 0) return { ...told, places: [] };
  const starts = await functionStarts(session, operatorId, timeoutMs);
  const reader = createSourceReader(nowMs);
  const search = (paths: readonly string[]): FunctionPlace[] =>
    texts.flatMap((text, index) => {
      const start = starts[index];
      return (start === undefined ? undefined : placeIn(paths, text, start, reader)) ?? [];
    });
  let places = search(pathsOf(files));
  if (places.length === 0 && thorough) {
    const loaded = await session.evaluate<string[] | undefined>(`${HELPER_EXPRESSION}.loadedFiles()`, timeoutMs);
    const [script] = loaded ?? [];
    const own = (path: string): boolean => !/[\\/]node_modules[\\/]/.test(path);
    const paths = pathsOf([...(loaded ?? []), ...(script === undefined ? [] : projectFiles(script))]);
    places = search([...paths.filter(own), ...paths.filter((path) => !own(path))]);
  }
  return { ...told, places };
}

/**
 * V8 tells line and column of a function without any domain enabled, but names its script only by a number, which only the
 * Debugger domain translates. So the file is found the other way round: among the likely files, the one that has exactly
 * this function's text at this place.
 */
export function placeIn(
  paths: readonly string[],
  text: string,
  start: FunctionStart,
  reader: SourceReader,
): FunctionPlace | undefined {
  for (const file of paths) {
    const source = reader.read(file);
    const at = source === undefined ? undefined : occurrence(source, text, offsetOf(source, start.line, start.column));
    if (source === undefined || at === undefined) continue;
    const before = source.slice(0, at);
    const line = countLines(before) + 1;
    return {
      location: { function: start.name, file, line, column: at - before.lastIndexOf('\n') },
      lastLine: line + countLines(text),
      length: text.length,
    };
  }
  return undefined;
}

/** True when the frame lies in one of the places. */
export function isInside(frame: RawFrame, places: readonly FunctionPlace[]): boolean {
  const file = plainFile(frame[1]);
  return places.some(
    ({ location, lastLine }) => file === location.file && frame[2] >= location.line && frame[2] <= lastLine,
  );
}

async function functionStarts(session: MainSession, operatorId: number, timeoutMs: number): Promise<FunctionStart[]> {
  const objectGroup = 'streamgauge-operator';
  try {
    const list = await session.post<RemoteValue>(
      'Runtime.evaluate',
      { expression: `${HELPER_EXPRESSION}.operatorFunctions(${operatorId})`, objectGroup, silent: true },
      timeoutMs,
    );
    const members = await properties(session, list.result.objectId, timeoutMs);
    const starts: FunctionStart[] = [];
    for (const member of (members.result ?? [])
      .filter((candidate) => /^\d+$/.test(candidate.name))
      .slice(0, MAX_FUNCTIONS)) {
      const own = await properties(session, member.value?.objectId, timeoutMs);
      const place = own.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value;
      const name = own.result?.find((property) => property.name === 'name')?.value?.value;
      starts.push({
        name: typeof name === 'string' ? name : '',
        line: place?.lineNumber ?? -1,
        column: place?.columnNumber ?? 0,
      });
    }
    return starts;
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup }, timeoutMs).catch(() => undefined);
  }
}

function properties(session: MainSession, objectId: string | undefined, timeoutMs: number): Promise<RemoteProperties> {
  if (objectId === undefined) return Promise.resolve({});
  return session.post<RemoteProperties>('Runtime.getProperties', { objectId, ownProperties: true }, timeoutMs);
}

interface RemoteValue {
  readonly result: { readonly objectId?: string };
}

interface RemoteProperties {
  readonly result?: readonly {
    readonly name: string;
    readonly value?: { readonly objectId?: string; readonly value?: unknown };
  }[];
  readonly internalProperties?: readonly {
    readonly name: string;
    readonly value?: { readonly value?: { readonly lineNumber: number; readonly columnNumber: number } };
  }[];
}

/** Where the text begins in the source, when it begins before `offset` and ends after it: V8 points at its parameters. */
function occurrence(source: string, text: string, offset: number): number | undefined {
  if (text === '' || offset < 0) return undefined;
  for (let at = source.indexOf(text); at >= 0 && at <= offset; at = source.indexOf(text, at + 1)) {
    if (offset < at + text.length) return at;
  }
  return occurrenceButForTypes(source, text, offset);
}

/**
 * Node.js runs TypeScript with the types blanked out, each character where it was. V8 has the blanked text, the file has the
 * other, so blanks of the text match anything; where V8 points is a parenthesis of the text, or its beginning.
 */
function occurrenceButForTypes(source: string, text: string, offset: number): number | undefined {
  for (let index = 0, tries = 0; index >= 0 && tries < MAX_PARENTHESES; index = text.indexOf('(', index + 1), tries++) {
    const at = offset - index;
    if (at >= 0 && equalButForBlanks(source, text, at)) return at;
  }
  return undefined;
}

function equalButForBlanks(source: string, text: string, at: number): boolean {
  if (at + text.length > source.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (text[index] !== ' ' && text[index] !== source[at + index]) return false;
  }
  return true;
}

function offsetOf(source: string, line: number, column: number): number {
  if (line < 0) return -1;
  let at = 0;
  for (let count = 0; count < line; count++) {
    at = source.indexOf('\n', at) + 1;
    if (at === 0) return -1;
  }
  return at + column;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
