import * as nodeModule from 'node:module';
import type { AnyNode, Options, Program } from 'acorn';
import { type Names, namesOf } from './names.ts';

/** A piece of a program, as ESTree describes it: https://github.com/estree/estree */
export type SyntaxNode = AnyNode;

/** A file that has been read. */
export interface SourceText {
  readonly file: string;
  readonly root: Program;
  readonly names: Names;
  /** Offset of a place; both count from 1. Undefined: the file has no such line. */
  offsetOf(line: number, column: number): number | undefined;
  /** The place at an offset; both count from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number };
}

const TYPED = /\.[cm]?ts$/;
const OPTIONS: Omit<Options, 'sourceType'> = {
  ecmaVersion: 'latest',
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  checkPrivateFields: false,
};

/** Loaded with the first file that is read: most workers never stand still. */
let parser: typeof import('acorn') | undefined;
const require = nodeModule.createRequire(import.meta.url);

/** Undefined: it is nothing that the runtime would run as it is. */
export function sourceText(file: string, text: string): SourceText | undefined {
  const root = programOf(TYPED.test(file) ? withoutTypes(text) : text);
  if (root === undefined) return undefined;
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return {
    file,
    root,
    names: namesOf(root),
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

function programOf(text: string | undefined): Program | undefined {
  if (text === undefined) return undefined;
  parser ??= require('acorn') as typeof import('acorn');
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parser.parse(text, { ...OPTIONS, sourceType });
    } catch {
      // An old script may have names that a module may not have.
    }
  }
  return undefined;
}

/** As the runtime itself does it, which leaves everything at its place; undefined where it cannot. */
function withoutTypes(text: string): string | undefined {
  // Since Node.js 22.13.
  const { stripTypeScriptTypes: strip } = nodeModule as { stripTypeScriptTypes?: (text: string) => string };
  try {
    return strip?.(text);
  } catch {
    return undefined;
  }
}
