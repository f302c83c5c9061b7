import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';
import { originalPath, withRoot } from './original-path.ts';

/** Where code comes from. Lines and columns count from 1. */
export interface OriginalPlace {
  readonly file: string;
  readonly line: number;
  /** 0: unknown. */
  readonly column: number;
  /** What the source calls the thing that stands there; empty: the map does not say. */
  readonly name: string;
}

/** Why a map is not parsed, when it is not for want of sense. */
export interface NotParsed {
  /** Characters of its mappings. */
  readonly tooLong: number;
}

/** A map that places can be looked up in. */
export interface ParsedMap {
  /** Characters of its mappings. */
  readonly mappings: number;
  /** Undefined: the map does not know the place. Column 0: not known, any of the line. */
  placeOf(line: number, column: number): OriginalPlace | undefined;
}

/** Where a column is not known, the whole line must come from lines of the source this near to each other. */
const MAX_LINE_SPAN = 20;
const END_OF_LINE = 0x7fffffff;

type Payload = SourceMapPayload & { readonly sections?: readonly { readonly map: SourceMapPayload }[] };
type Mapping = SourceMapping & { readonly name?: string };

/**
 * Parses a map, unless its mappings are longer than allowed: they are what costs.
 *
 * @param folder what names of sources are relative to
 * @param project what names of bundlers start from
 * @throws anything, when the text makes no sense
 */
export function parseMap(text: string, folder: string, project: string, most: number): ParsedMap | NotParsed {
  const payload = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, '')) as Payload;
  const parts = payload.sections === undefined ? [payload] : payload.sections.map(({ map }) => map);
  const mappings = parts.reduce((sum, part) => sum + part.mappings.length, 0);
  if (mappings > most) return { tooLong: mappings };
  parts.forEach(strip);
  const map = new SourceMap(payload);
  return {
    mappings,
    placeOf(line, column) {
      try {
        return placeIn(map, line, column, folder, project);
      } catch {
        // A map that nobody could have made by honest means.
        return undefined;
      }
    },
  };
}

/** Texts of sources are most of a map, and nothing is done with them; the class knows no root. */
function strip(part: SourceMapPayload): void {
  part.sourcesContent = [];
  const root = part.sourceRoot ?? '';
  if (root !== '') part.sources = part.sources.map((source) => withRoot(source, root));
}

function placeIn(
  map: SourceMap,
  line: number,
  column: number,
  folder: string,
  project: string,
): OriginalPlace | undefined {
  const entry = column > 0 ? entryAt(map, line - 1, column - 1) : entryOfLine(map, line - 1);
  if (entry?.generatedLine !== line - 1) return undefined;
  const { originalSource, originalLine, originalColumn, name } = entry;
  const file = typeof originalSource === 'string' ? originalPath(originalSource, folder, project) : undefined;
  if (file === undefined || !Number.isInteger(originalLine)) return undefined;
  return {
    file,
    line: originalLine + 1,
    column: column > 0 ? originalColumn + 1 : 0,
    name: typeof name === 'string' ? name : '',
  };
}

/** What stands at a place or before it; counts from 0. */
function entryAt(map: SourceMap, line: number, column: number): Mapping | undefined {
  const entry = map.findEntry(line, column);
  return 'generatedLine' in entry ? entry : undefined;
}

/** For places of which only the line is known: a profile's. A program on one line has no such place. */
function entryOfLine(map: SourceMap, line: number): Mapping | undefined {
  const last = entryAt(map, line, END_OF_LINE);
  const first = entryAt(map, line, 0);
  if (last === undefined || first === undefined) return undefined;
  const span = Math.abs(last.originalLine - first.originalLine);
  return last.originalSource === first.originalSource && span <= MAX_LINE_SPAN ? last : undefined;
}
