import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/repository.ts';

/** One figure of one Node.js. */
export interface SamplingRow {
  readonly major: number;
  readonly name: string;
  readonly value: number;
  readonly max: number;
}

const FILE = join(ROOT, 'docs', 'sampling.md');
const TABLES = ['blocked', 'awaits', 'after'] as const;

/** Replaces the tables in docs/sampling.md. */
export function writeSamplingTables(rows: readonly SamplingRow[], environment: Record<string, string | number>): void {
  let text = readFileSync(FILE, 'utf8');
  const measured = `Measured on ${String(environment.platform).split(' ', 2).join(' ')}, ${environment.processor}, ${environment.processors} processors.`;
  for (const table of TABLES) {
    const begin = `<!-- table ${table}: npm run bench:sampling -- --write -->`;
    const end = `<!-- end of table ${table} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${FILE} has no place for the table: ${begin} ... ${end}`);
    text = `${text.slice(0, from)}${begin}\n\n${samplingTable(table, rows)}\n\n${measured}\n\n${text.slice(to)}`;
  }
  writeFileSync(FILE, text);
}

/** One column a version. */
function samplingTable(table: (typeof TABLES)[number], rows: readonly SamplingRow[]): string {
  const majors = [...new Set(rows.map(({ major }) => major))].sort((a, b) => a - b);
  const of = (major: number, name: string): SamplingRow | undefined =>
    rows.find((row) => row.major === major && row.name === name);
  const cell = (major: number, name: string, digits: number): string => of(major, name)?.value.toFixed(digits) ?? '';
  const pair = (major: number, name: string): string =>
    `${cell(major, `${name}.p50`, 1)} / ${cell(major, `${name}.p99`, 1)}`;
  const line = (title: string, cells: readonly string[]): string => `| ${[title, ...cells].join(' | ')} |`;
  const head = (title: string): string[] => [
    line(
      title,
      majors.map((major) => `Node ${major}`),
    ),
    line(
      '---',
      majors.map(() => '---'),
    ),
  ];
  const named = (pattern: RegExp): string[] => [...new Set(rows.flatMap(({ name }) => pattern.exec(name)?.[1] ?? []))];
  if (table === 'blocked') {
    const shapes = named(/^sampling\.blocked\.(.+)\.p50$/);
    return [
      ...head('the loop is held by, ms to the stack (p50 / p99)'),
      line(
        'all that V8 interrupts',
        majors.map((major) => pair(major, 'sampling.blocked')),
      ),
      ...shapes.map((shape) =>
        line(
          shape,
          majors.map((major) => pair(major, `sampling.blocked.${shape}`)),
        ),
      ),
    ].join('\n');
  }
  if (table === 'awaits') {
    const heaps = named(/^sampling\.awaits\.(.+)\.pause$/);
    return [
      ...head(
        'heap: ms of pause (of processor time; how many collections of garbage that is) / longest slice of the walk',
      ),
      ...heaps.map((heap) =>
        line(
          heap.replace('.', ', ').replace('MB', ' MB'),
          majors.map((major) => {
            const name = `sampling.awaits.${heap}`;
            const refused = (of(major, `${name}.refused`)?.value ?? 0) > 0;
            const figures = `${cell(major, `${name}.pause`, 0)} (${cell(major, `${name}.cpu`, 0)}; ${cell(major, `${name}.collections`, 1)}) / ${cell(major, `${name}.slice`, 0)}`;
            return refused ? `${figures}; refused after ${cell(major, `${name}.limited`, 0)}` : figures;
          }),
        ),
      ),
    ].join('\n');
  }
  return [
    ...head('after'),
    ...named(/^sampling\.recovery\.(.+)$/).map((span) =>
      line(
        `throughput, ${span} of a dump`,
        majors.map((major) => cell(major, `sampling.recovery.${span}`, 2)),
      ),
    ),
    line(
      'heap, bytes a capture',
      majors.map((major) => cell(major, 'sampling.leak.heap', 1)),
    ),
    line(
      'resident memory, bytes a capture',
      majors.map((major) => cell(major, 'sampling.leak.resident', 0)),
    ),
    line(
      'handles, in all',
      majors.map((major) => cell(major, 'sampling.leak.handles', 0)),
    ),
  ].join('\n');
}
