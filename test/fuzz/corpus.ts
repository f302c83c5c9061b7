import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./corpus/', import.meta.url));

/** An input that was once too much for its target. */
export interface SavedInput {
  readonly file: string;
  readonly pieces: readonly Uint8Array[];
}

/** Everything that was found for a target: a file for each, a line of hexadecimal digits for each piece. */
export function savedInputs(target: string): readonly SavedInput[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => ({ file, pieces: piecesOf(readFileSync(join(folder, file), 'utf8')) }));
}

/** Keeps an input; gives the path of its file. */
export function saveInput(target: string, pieces: readonly Uint8Array[]): string {
  const text = pieces.map((piece) => `${Buffer.from(piece).toString('hex')}\n`).join('');
  const file = join(FOLDER, target, `${createHash('sha256').update(text).digest('hex').slice(0, 12)}.hex`);
  mkdirSync(join(FOLDER, target), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function piecesOf(text: string): readonly Uint8Array[] {
  const lines = text.split('\n');
  return lines.slice(0, -1).map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}
