import type { Classification, ClassifierAnswer } from './classification.ts';

/** A text of a plugin longer than this is cut. */
const maxTextLength = 500;
const maxReasons = 20;
/** A label is shown beside others, in one line. */
const maxLabelLength = 200;

/** How many keys one plugin may declare. */
export const maxOutputKeys = 20;
/** What a key looks like: fit for a table, for a query, and for JSON of any language. */
export const outputKey: RegExp = /^[A-Za-z][\w.-]{0,62}$/;

/** What a plugin said, checked and cut to size. */
export interface CheckedAnswer {
  /** undefined: it has decided nothing. */
  readonly decision: Classification | undefined;
  /** Of declared keys only. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels that were left out: of no declared key, or no text. */
  readonly dropped: number;
}

/**
 * A plugin is somebody else's code: what it answers is checked before it goes into an incident.
 *
 * @throws Error with half a sentence for people when it makes no sense
 */
export function checkAnswer(answer: ClassifierAnswer, outputKeys: readonly string[]): CheckedAnswer {
  if (typeof answer !== 'object' || answer === null) throw new Error('its answer is no object');
  const given = answer as Partial<Classification> & ClassifierAnswer;
  const silent = given.category === undefined && given.mechanism === undefined && given.labels !== undefined;
  return { decision: silent ? undefined : checkDecision(given), ...checkLabels(given.labels, outputKeys) };
}

function checkDecision({
  category,
  mechanism,
  confidence,
  location,
  reasons,
}: Partial<Classification>): Classification {
  if (typeof category !== 'string' || category === '' || typeof mechanism !== 'string' || mechanism === '') {
    throw new Error('its answer lacks a category or a mechanism');
  }
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
    throw new Error('its confidence is not a number from 0 to 1');
  }
  const place =
    location == null
      ? null
      : {
          function: clip(String(location.function ?? '')),
          file: clip(String(location.file ?? '')),
          line: Number(location.line) || 0,
          column: Number(location.column) || 0,
        };
  const texts = Array.isArray(reasons) ? reasons.slice(0, maxReasons).map((reason) => clip(String(reason))) : [];
  return { category: clip(category), mechanism: clip(mechanism), confidence, location: place, reasons: texts };
}

function checkLabels(given: unknown, outputKeys: readonly string[]): Pick<CheckedAnswer, 'labels' | 'dropped'> {
  if (given === undefined || given === null) return { labels: {}, dropped: 0 };
  if (typeof given !== 'object') throw new Error('its labels are no object');
  const values = given as Readonly<Record<string, unknown>>;
  const labels: Record<string, string> = {};
  for (const key of outputKeys) {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (typeof value === 'string') labels[key] = clip(value, maxLabelLength);
  }
  return { labels, dropped: Object.keys(values).length - Object.keys(labels).length };
}

/** The beginning of a text, when it is long. */
export function clip(text: string, length: number = maxTextLength): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
