import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectFolder } from './source-files.ts';

/** A map that belongs to a file, or why there is one that cannot be had. undefined: the file has none. */
export type FoundMap =
  | {
      readonly text: string;
      /** What names of sources are relative to. */
      readonly folder: string;
      /** Folder of the package that the file belongs to. */
      readonly project: string;
    }
  | { readonly missing: string }
  | undefined;

/** The comment is the last line of a file; a few others may follow it. */
const TAIL_BYTES = 2048;
/** A map inside the file is written in base64, which takes a third more. */
const BASE64_GROWTH = 4 / 3;
const COMMENT = /^[ \t]*\/[/*][#@][ \t]+sourceMappingURL=(\S+)/gm;
const INLINE = /^data:application\/json(?:;charset=[\w-]+)?(;base64)?,/i;

/**
 * The map that a file names in its last lines: inside of it, beside it, or anywhere in the same package. Nothing else is opened,
 * and nothing is fetched: the name is written by whoever wrote the file. Never throws.
 *
 * @param most how large a map may be, bytes
 */
export function findMap(file: string, most: number): FoundMap {
  try {
    if (file.startsWith('\\\\') || file.startsWith('//')) return undefined;
    const { size } = regularFile(file) ?? {};
    if (size === undefined) return undefined;
    const url = mapUrl(file, size, most);
    if (url === undefined || typeof url === 'object') return url;
    const project = projectFolder(file);
    const inline = INLINE.exec(url);
    if (inline !== null) {
      const text = url.slice(inline[0].length);
      const bytes = inline[1] === undefined ? text.length : text.length / BASE64_GROWTH;
      if (bytes > most) return tooLarge(most);
      const json = inline[1] === undefined ? decodeURIComponent(text) : Buffer.from(text, 'base64').toString();
      return { text: json, folder: dirname(file), project };
    }
    return readBeside(file, url, project, most);
  } catch {
    return { missing: 'it cannot be read' };
  }
}

function readBeside(file: string, url: string, project: string, most: number): FoundMap {
  const path = localPath(url, file);
  if (path === undefined) return { missing: 'it is not a file of this machine' };
  const beside = dirname(path) === dirname(file);
  if (!beside && !path.startsWith(project.endsWith(sep) ? project : project + sep)) {
    return { missing: 'it lies outside of the package' };
  }
  const { size } = regularFile(path) ?? {};
  if (size === undefined) return { missing: 'it is not there' };
  if (size > most) return tooLarge(most);
  return { text: readFileSync(path, 'utf8'), folder: dirname(path), project };
}

/** Undefined: nothing of that name, or no file: a pipe would never let go of who opens it. */
function regularFile(path: string): { readonly size: number } | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? { size: found.size } : undefined;
}

function tooLarge(most: number): FoundMap {
  return { missing: `it is larger than ${most / 1024} KB` };
}

/** What the last comment of its kind names. */
function mapUrl(file: string, size: number, most: number): string | FoundMap {
  const tail = readEnd(file, size, TAIL_BYTES);
  const named = lastComment(tail);
  if (named !== undefined) return named;
  if (tail.length < TAIL_BYTES || tail.trimEnd().includes('\n')) return undefined;
  // The last line is longer than that: a program on one line, or a map inside the file.
  if (!/^[\w+/=%.-]+$/.test(tail.trimEnd())) return undefined;
  const bytes = Math.ceil(most * BASE64_GROWTH) + TAIL_BYTES;
  const line = lastComment(readEnd(file, size, bytes));
  return line ?? (size > bytes ? tooLarge(most) : undefined);
}

function lastComment(text: string): string | undefined {
  let last: string | undefined;
  for (const [, url] of text.matchAll(COMMENT)) last = url;
  return last;
}

function readEnd(file: string, size: number, bytes: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('latin1', 0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** Undefined: another machine, or no file at all. */
function localPath(url: string, file: string): string | undefined {
  const resolved = new URL(Buffer.from(url, 'latin1').toString(), pathToFileURL(file));
  if (resolved.protocol !== 'file:' || resolved.host !== '') return undefined;
  resolved.search = '';
  resolved.hash = '';
  return fileURLToPath(resolved);
}
