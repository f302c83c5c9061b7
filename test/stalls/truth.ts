import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is known of a stall, or of something that looks like one, before anything has looked at it. */
export interface Truth {
  /** What happens, in one line. */
  readonly title: string;
  /** Where it was met: an issue, a pull request, or the words "own scenario". */
  readonly source: string;
  /** Shape of the dataflow, such as "pipeline", "async generators", "Web Streams", "BullMQ". */
  readonly shape: string;
  /** Programs of the machine that it starts; a case is left out and named where one of them is missing. */
  readonly needs?: readonly string[];
  /** Arguments of node itself. */
  readonly node?: readonly string[];
  /** Who holds the stream; absent for a near-miss, which must not be an incident. */
  readonly culprit?: Culprit;
}

export interface Culprit {
  /** Name of the operator, as a pattern of the whole name; empty where the worker as a whole stands. */
  readonly operator: string;
  readonly category: string;
  readonly mechanism: string;
  /** A text of the program that stands on the line to open; null where no line is to blame. */
  readonly line: string | null;
  /** The module with that line, from the program's folder, where it is not the program itself. */
  readonly file?: string;
  /** Every operator or holder that waits for another one of them, where the wait is a circle. */
  readonly holders?: readonly string[];
}

/** One program of the set, with its truth. */
export interface StallCase {
  readonly id: string;
  readonly program: string;
  readonly truth: Truth;
  /** The file with the line to open. */
  readonly blamedFile: string;
  /** Numbers of the lines that hold the text of `culprit.line`; empty without one. */
  readonly lines: readonly number[];
}

/** The folders of the set: what must be found, and what must not. */
const FOLDERS = ['hangs', 'near-misses'] as const;
const KEYS: ReadonlySet<string> = new Set(['title', 'source', 'shape', 'needs', 'node', 'culprit']);
const CULPRIT_KEYS: ReadonlySet<string> = new Set(['operator', 'category', 'mechanism', 'line', 'file', 'holders']);

/** The whole set. Throws with the file's name when a truth is missing, misspelt or does not fit its program. */
export function readCases(): readonly StallCase[] {
  return FOLDERS.flatMap((folder) => {
    const place = fileURLToPath(new URL(`./${folder}/`, import.meta.url));
    const files = readdirSync(place).filter((name) => name.endsWith('.mjs'));
    return files.sort().map((file) => readCase(place, file, folder === 'hangs'));
  });
}

function readCase(place: string, file: string, hangs: boolean): StallCase {
  const id = file.slice(0, -'.mjs'.length);
  const program = `${place}${file}`;
  const truth = JSON.parse(readFileSync(`${place}${id}.json`, 'utf8')) as Truth;
  const { culprit } = truth;
  const unknown = [
    ...Object.keys(truth).filter((key) => !KEYS.has(key)),
    ...Object.keys(culprit ?? {}).filter((key) => !CULPRIT_KEYS.has(key)),
  ];
  if (unknown.length > 0) throw new Error(`${id}.json has ${unknown.join(', ')}, which nobody reads.`);
  if (!truth.title || !truth.source || !truth.shape) throw new Error(`${id}.json needs a title, a source and a shape.`);
  if (hangs !== (culprit !== undefined))
    throw new Error(`${id}.json needs a culprit in the folder hangs, and none elsewhere.`);
  const line = culprit?.line;
  const blamedFile = culprit?.file === undefined ? program : join(place, culprit.file);
  const lines = line == null ? [] : linesWith(readFileSync(blamedFile, 'utf8'), line);
  if (line != null && lines.length === 0) throw new Error(`${blamedFile} has no line with "${line}".`);
  return { id, program, truth, blamedFile, lines };
}

function linesWith(text: string, part: string): readonly number[] {
  return text.split('\n').flatMap((line, index) => (line.includes(part) ? [index + 1] : []));
}
