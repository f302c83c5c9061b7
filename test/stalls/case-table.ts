import type { StallCase } from './truth.ts';

/** The set as a table for people: what happens, where it was met, and what the truth is. */
export function caseTable(cases: readonly StallCase[]): string {
  const rows = cases.map(({ id, truth: { title, source, shape, culprit } }) => [
    id,
    title,
    sourceLink(source),
    shape,
    culprit?.category ?? 'none',
    culprit?.mechanism ?? 'no incident',
  ]);
  const header = ['case', 'what happens', 'met in', 'shape', 'category', 'mechanism'];
  const widths = header.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column] as string)].map((cell) => cell.length)),
  );
  const lines = [header, widths.map((width) => '-'.repeat(width)), ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | '),
  );
  return lines.map((line) => `| ${line} |`).join('\n');
}

/** "https://github.com/owner/name/issues/1" is called owner/name#1. */
function sourceLink(source: string): string {
  const [, repository, number] = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/(?:issues|pull)\/(\d+)$/.exec(source) ?? [];
  return repository === undefined ? source : `[${repository}#${number}](${source})`;
}
