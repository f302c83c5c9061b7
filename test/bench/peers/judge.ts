import { basename } from 'node:path';
import type { StallCase } from '../../stalls/truth.ts';

/** How near a line has to be to the one of the truth, as for the monitor itself. */
const NEAR_LINES = 3;

/** One thing that a tool has said. */
export interface Report {
  /** Wall-clock time at which it arrived. */
  readonly atMs: number;
  readonly text: string;
  /** Places that it names in fields of their own, and not in its text. */
  readonly places?: readonly Place[];
  /** Set where a tool always has something to show, and this is nothing that anybody would look at. It may still hold the line. */
  readonly faint?: boolean;
}

export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What is made of all that a tool has said of one program. */
export interface Verdict {
  readonly says: boolean;
  /** Undefined where the truth names no line. */
  readonly namesLine: boolean | undefined;
}

/** Only what arrives after the fault counts: what a tool says of the start of a program is not about its stall. */
export function judge(
  { blamedFile, lines }: Pick<StallCase, 'blamedFile' | 'lines'>,
  reports: readonly Report[],
  faultAtMs: number,
): Verdict {
  const after = reports.filter(({ atMs, text }) => atMs >= faultAtMs && text.trim() !== '');
  const places = after.flatMap(({ text, places: named = [] }) => [...named, ...placesIn(text)]);
  const right = ({ file, line }: Place): boolean =>
    basename(file) === basename(blamedFile) && lines.some((wanted) => Math.abs(wanted - line) <= NEAR_LINES);
  const names = places.some(right);
  return {
    says: names || after.some(({ faint }) => faint !== true),
    namesLine: lines.length === 0 ? undefined : names,
  };
}

/** Every "file.mjs:12" of a text, wherever in it: any frame of a stack counts, for a person would read all of it. */
function placesIn(text: string): readonly Place[] {
  return [...text.matchAll(/([\w.-]+\.[cm]?[jt]s):(\d+)/g)].map(([, file, line]) => ({
    file: file as string,
    line: Number(line),
  }));
}
