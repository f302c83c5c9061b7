import { posix } from 'node:path';
import type { SourceFile } from '../support/repository.ts';

const STATEMENT = /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const CALL = /\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]/g;

/**
 * What a file imports, types included: paths inside the repository as they are from its root, other names as written. A line
 * of a comment that reads like an import counts as one; that errs on the side of asking.
 */
export function importsOf(file: SourceFile): string[] {
  const names = [STATEMENT, BARE, CALL].flatMap((pattern) =>
    [...file.text.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  return names.map((name) => (name.startsWith('.') ? posix.join(posix.dirname(file.path), name) : name));
}
