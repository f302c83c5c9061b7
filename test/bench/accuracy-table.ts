import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Score, SURE } from '../stalls/score.ts';
import type { StallCase } from '../stalls/truth.ts';
import { ROOT } from '../support/repository.ts';
import { spreadOf } from './figures.ts';

/** One program of the set that was run. */
export interface Judged {
  readonly stallCase: StallCase;
  readonly score: Score;
}

const FILE = join(ROOT, 'docs', 'accuracy.md');
const BEGIN = '<!-- figures: npm run bench:accuracy -- --write -->';
const END = '<!-- end of figures -->';

/** Replaces the figures in docs/accuracy.md. */
export function writeAccuracy(judged: readonly Judged[], environment: Record<string, string | number>): void {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has no place for the figures: ${BEGIN} ... ${END}`);
  const parts = [
    ...figuresOf(judged),
    `Measured on ${String(environment.platform).split(' ', 2).join(' ')}, ${environment.processor}, ${environment.processors} processors, Node.js ${environment.runtime}, load ${environment.load} at the end.`,
  ];
  writeFileSync(FILE, `${text.slice(0, begin)}${BEGIN}\n\n${parts.join('\n\n')}\n\n${text.slice(end)}`);
}

/** The tables, one after the other: shares, by mechanism, who was taken for whom, what a confidence is worth, and what was wrong. Pure. */
function figuresOf(judged: readonly Judged[]): string[] {
  const hangs = judged.filter(({ stallCase }) => stallCase.truth.culprit !== undefined);
  const nearMisses = judged.filter(({ stallCase }) => stallCase.truth.culprit === undefined);
  const delays = spreadOf(hangs.flatMap(({ score }) => score.delayMs ?? []));
  const sure = hangs.filter(({ score }) => score.confidence >= SURE);
  const overall = table(
    ['figure', 'measured', 'wanted'],
    [
      ['detected', share(hangs, ({ detected }) => detected), '≥ 97 %'],
      ['right operator', share(hangs, ({ operator }) => operator), '≥ 95 %'],
      ['right category', share(hangs, ({ category }) => category), '≥ 92 %'],
      ['right mechanism', share(hangs, ({ mechanism }) => mechanism), '≥ 92 %'],
      ['right line, within three', share(withLine(hangs), ({ location }) => location === true), '≥ 85 %'],
      [
        'near-misses called incidents',
        `${nearMisses.filter(({ score }) => !score.detected).length} of ${nearMisses.length}`,
        '0',
      ],
      [
        'others blamed beside the culprit',
        `${hangs.filter(({ score }) => score.blamed.length > 0).length} of ${hangs.length}`,
        '0',
      ],
      [
        `right where the confidence is ${SURE} or more`,
        share(sure, ({ category, mechanism }) => category && mechanism),
        '≥ 95 %',
      ],
      ['from the fault to the incident, median', seconds(delays.value), '≤ 3 s'],
      ['from the fault to the incident, longest', seconds(delays.max), ''],
    ],
  );
  return [overall, mechanismTable(hangs), confusionTable(hangs), calibrationTable(hangs), ...wrongOnes(judged)];
}

function mechanismTable(hangs: readonly Judged[]): string {
  const rows = [...Map.groupBy(hangs, ({ stallCase }) => stallCase.truth.culprit?.mechanism ?? '')].sort(
    ([left], [right]) => left.localeCompare(right),
  );
  return table(
    ['mechanism', 'programs', 'detected', 'operator', 'category', 'mechanism', 'line'],
    rows.map(([mechanism, of]) => [
      mechanism,
      String(of.length),
      ...(['detected', 'operator', 'category', 'mechanism'] as const).map((key) =>
        String(of.filter(({ score }) => score[key]).length),
      ),
      `${of.filter(({ score }) => score.location === true).length} of ${withLine(of).length}`,
    ]),
  );
}

/** Rows are the truth, columns what was told. */
function confusionTable(hangs: readonly Judged[]): string {
  const truths = [...new Set(hangs.map(({ stallCase }) => stallCase.truth.culprit?.category ?? ''))].sort();
  const told = [...new Set([...truths, ...hangs.map(({ score }) => score.told.category)])].sort();
  const count = (truth: string, answer: string): number =>
    hangs.filter(
      ({ stallCase, score }) => stallCase.truth.culprit?.category === truth && score.told.category === answer,
    ).length;
  return table(
    ['truth, and told as', ...told.map((answer) => answer || 'nothing')],
    truths.map((truth) => [truth, ...told.map((answer) => String(count(truth, answer) || ''))]),
  );
}

/** Of the verdicts told with that much confidence, how many were right in category and mechanism. */
function calibrationTable(hangs: readonly Judged[]): string {
  const told = hangs.filter(({ score }) => score.detected);
  const rows = [...Map.groupBy(told, ({ score }) => Math.floor(score.confidence * 10 + 1e-9) / 10)]
    .sort(([left], [right]) => right - left)
    .map(([from, verdicts]) => [
      `${from.toFixed(1)} to below ${(from + 0.1).toFixed(1)}`,
      share(verdicts, ({ category, mechanism }) => category && mechanism),
    ]);
  return table(['confidence told', 'category and mechanism right'], rows);
}

function wrongOnes(judged: readonly Judged[]): string[] {
  const wrong = judged.filter(({ score, stallCase }) => {
    const { detected, operator, category, mechanism, location, blamed } = score;
    if (stallCase.truth.culprit === undefined) return !detected;
    return !(detected && operator && category && mechanism) || location === false || blamed.length > 0;
  });
  if (wrong.length === 0) return [];
  const rows = wrong.map(({ stallCase: { id, truth }, score }) => [
    id,
    truth.culprit === undefined ? 'no incident' : `${truth.culprit.mechanism}, ${truth.culprit.category}`,
    [score.said, ...(truth.culprit === undefined ? [] : score.blamed.map((other) => `beside it: ${other}`))]
      .join('; ')
      .replaceAll('|', '\\|'),
  ]);
  return ['What was not told as it is:', table(['program', 'truth', 'told'], rows)];
}

function withLine(hangs: readonly Judged[]): readonly Judged[] {
  return hangs.filter(({ score }) => score.location !== undefined);
}

function share(judged: readonly Judged[], isRight: (score: Score) => boolean): string {
  const right = judged.filter(({ score }) => isRight(score)).length;
  return judged.length === 0
    ? 'none'
    : `${((100 * right) / judged.length).toFixed(1)} % (${right} of ${judged.length})`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
