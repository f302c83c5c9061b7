import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { plainFile } from './frames.ts';
import { sourceReading } from './source-reading.ts';

/** Larger files are no hand-written source; looking through them is not worth the time. */
const MAX_SOURCE_BYTES = 2 * 1024 * 1024;
/** How many files of the project are listed. */
const MAX_PROJECT_FILES = 500;
/** How long all reading for one search may take: the thread that reads is also the clock. */
const READ_BUDGET_MS = 60;
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Reads sources one after the other, as long as the budget of the search lasts. */
export interface SourceReader {
  /** Undefined: not a file, too large, or no time left. */
  read(file: string): string | undefined;
}

/** A reader for one search. */
export function createSourceReader(nowMs: () => number, budgetMs: number = READ_BUDGET_MS): SourceReader {
  const cache = new Map<string, string | undefined>();
  const startMs = nowMs();
  return {
    read(file) {
      if (!sourceReading.allowed) return undefined;
      if (cache.has(file)) return cache.get(file);
      if (nowMs() - startMs > budgetMs) return undefined;
      const text = readSource(file);
      cache.set(file, text);
      return text;
    },
  };
}

/** Paths among names of files and URLs, each once, in their order. */
export function pathsOf(files: Iterable<string>): string[] {
  const paths = Array.from(files, plainFile).filter((file) => file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file));
  return [...new Set(paths)];
}

/**
 * Source files of the project that the script belongs to, those next to the script first; none of its packages. Not all of
 * them when the time is over.
 */
export function projectFiles(script: string, inTime: () => boolean = () => true): string[] {
  if (!sourceReading.allowed) return [];
  const found: string[] = [];
  const queue = [dirname(script), projectFolder(script)];
  const seen = new Set<string>();
  for (let folder = queue.shift(); folder !== undefined && found.length < MAX_PROJECT_FILES; folder = queue.shift()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) {
          queue.push(join(folder, entry.name));
        } else if (entry.isFile() && SOURCE.test(entry.name)) found.push(join(folder, entry.name));
      }
    } catch {
      // A folder that cannot be read has nothing to compare.
    }
    if (seen.size > MAX_PROJECT_FILES || !inTime()) break;
  }
  return found.slice(0, MAX_PROJECT_FILES);
}

/** Folder of the package that the file belongs to. */
export function projectFolder(script: string): string {
  for (let folder = dirname(script); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return dirname(script);
  }
}

function readSource(file: string): string | undefined {
  try {
    return statSync(file).size > MAX_SOURCE_BYTES ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
