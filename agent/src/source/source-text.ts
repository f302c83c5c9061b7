import { type Names, namesOf } from './names.ts';
import { type Tokens, tokensOf } from './tokens.ts';

/** A file that has been read. */
export interface SourceText {
  readonly file: string;
  readonly tokens: Tokens;
  readonly names: Names;
  /** Offset of a place; both count from 1. Undefined: the file has no such line. */
  offsetOf(line: number, column: number): number | undefined;
  /** The place at an offset; both count from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number };
}

/** Undefined: it is no JavaScript that can be read. */
export function sourceText(file: string, text: string): SourceText | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return {
    file,
    tokens,
    names: namesOf(tokens),
    offsetOf(line, column) {
      const start = lines[line - 1];
      return start === undefined ? undefined : start + column - 1;
    },
    placeOf(offset) {
      let line = lines.length;
      while (line > 1 && (lines[line - 1] as number) > offset) line--;
      return { line, column: offset - (lines[line - 1] as number) + 1 };
    },
  };
}
