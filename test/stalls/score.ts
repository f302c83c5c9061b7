import { basename } from 'node:path';
import type { Incident } from '@streamgauge/monitor';
import type { StallCase } from './truth.ts';

/** How near a line has to be to the one of the truth. */
const NEAR_LINES = 3;
/** From this confidence on, a verdict must be right nearly always. */
export const SURE = 0.9;

/** What was made of one case. */
export interface Score {
  readonly id: string;
  /** For a hang: some incident was opened. For a near-miss: none was. */
  readonly detected: boolean;
  readonly operator: boolean;
  readonly category: boolean;
  readonly mechanism: boolean;
  /** Undefined where the truth names no line. */
  readonly location: boolean | undefined;
  /** Operators that were blamed and are not the culprit. */
  readonly blamed: readonly string[];
  /** From the fault to the opening, milliseconds; undefined when nothing was found or the program did not say when. */
  readonly delayMs: number | undefined;
  readonly confidence: number;
  /** Category and mechanism as they were told; empty: nothing was. */
  readonly told: { readonly category: string; readonly mechanism: string };
  /** What was said, for people. */
  readonly said: string;
}

/** Compares all incidents of a case, oldest first, with its truth. */
export function scoreOf(stallCase: StallCase, incidents: readonly Incident[], faultAtMs: number | undefined): Score {
  const { id, truth, lines, blamedFile } = stallCase;
  const { culprit } = truth;
  const all = incidents.filter(({ type }) => type !== 'state-change');
  if (culprit === undefined) {
    return { ...nothing(id), detected: all.length === 0, blamed: all.map(blame), said: all.map(sentence).join('; ') };
  }
  const isCulprit = (incident: Incident): boolean => new RegExp(`^(?:${culprit.operator})$`).test(incident.operator);
  const found = all.find(isCulprit) ?? all[0];
  if (found === undefined) return { ...nothing(id), said: 'nothing' };
  const { location } = found.evidence;
  const right = location !== null && basename(location.file) === basename(blamedFile);
  return {
    id,
    detected: true,
    operator: isCulprit(found),
    category: found.category === culprit.category,
    mechanism: found.mechanism === culprit.mechanism,
    location:
      lines.length === 0 ? undefined : right && lines.some((line) => Math.abs(line - location.line) <= NEAR_LINES),
    blamed: all.filter((incident) => !isCulprit(incident)).map(blame),
    delayMs: faultAtMs === undefined ? undefined : Date.parse(found.openedAt) - faultAtMs,
    confidence: found.confidence,
    told: { category: found.category, mechanism: found.mechanism },
    said: sentence(found),
  };
}

function nothing(id: string): Score {
  return {
    id,
    detected: false,
    operator: false,
    category: false,
    mechanism: false,
    location: false,
    blamed: [],
    delayMs: undefined,
    confidence: 0,
    told: { category: '', mechanism: '' },
    said: '',
  };
}

function blame({ type, operator, worker }: Incident): string {
  return `${type} ${operator || worker}`;
}

function sentence({ type, operator, category, mechanism, confidence, evidence: { location } }: Incident): string {
  const place = location === null ? 'no line' : `${basename(location.file)}:${location.line}`;
  return `${type} ${operator || 'worker'}: ${mechanism}, ${category} ${confidence.toFixed(2)}, ${place}`;
}
