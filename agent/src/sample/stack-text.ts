import { LIMITS } from '@streamgauge/proto/limits';
import type { SourceLocation } from '../thread/messages.ts';

/** How much of the text is read. */
const MAX_LENGTH = 20_000;

/** The frames in the text of an error's stack, as V8 writes it; lines that are no frames are left out. Linear in the text. */
export function parseStackText(text: string): SourceLocation[] {
  const frames: SourceLocation[] = [];
  for (const line of text.slice(0, MAX_LENGTH).split('\n')) {
    const frame = parseFrame(line.trim());
    if (frame === undefined) continue;
    frames.push(frame);
    if (frames.length === LIMITS.FRAMES_PER_STACK) break;
  }
  return frames;
}

/** "at name (place)", "at async name (place)" or "at place". */
function parseFrame(line: string): SourceLocation | undefined {
  if (!line.startsWith('at ')) return undefined;
  const rest = line.slice(line.startsWith('at async ') ? 'at async '.length : 'at '.length);
  const open = rest.endsWith(')') ? rest.indexOf(' (') : -1;
  const place = parsePlace(open < 0 ? rest : rest.slice(open + 2, -1));
  if (open >= 0) return { function: rest.slice(0, open), ...(place ?? UNKNOWN) };
  return place === undefined ? undefined : { function: '', ...place };
}

const UNKNOWN = { file: '', line: 0, column: 0 } as const;

/** "file:line:column". */
function parsePlace(place: string): Omit<SourceLocation, 'function'> | undefined {
  const beforeColumn = place.lastIndexOf(':');
  const beforeLine = place.lastIndexOf(':', beforeColumn - 1);
  const line = Number(place.slice(beforeLine + 1, beforeColumn));
  const column = Number(place.slice(beforeColumn + 1));
  if (beforeLine < 1 || !Number.isInteger(line) || !Number.isInteger(column)) return undefined;
  return { file: place.slice(0, beforeLine), line, column };
}
