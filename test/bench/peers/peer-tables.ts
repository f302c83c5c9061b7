import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StallCase } from '../../stalls/truth.ts';
import { ROOT } from '../../support/repository.ts';
import type { Observation } from './observe.ts';
import { mechanismOf } from './programs.ts';
import { TOOLS } from './tools.ts';

const FILE = join(ROOT, 'docs', 'peers.md');
const BEGIN = '<!-- table: npm run bench:peers -- --write -->';
const END = '<!-- end of table -->';

/** Replaces the tables in docs/peers.md. */
export function writePeerTables(
  observations: readonly Observation[],
  programs: readonly StallCase[],
  { platform, processor, processors }: Record<string, string | number>,
): void {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has no place for the tables: ${BEGIN} ... ${END}`);
  const parts = [
    toolTable(observations),
    'By mechanism: of how many programs the tool says anything, and of how many it names the line (none where the truth has no line).',
    mechanismTable(observations, programs),
    'By program: ● names the line, ○ says anything, · says nothing. A program in brackets has no line that is to be named.',
    programTable(observations, programs),
    `Measured on ${String(platform).split(' ', 2).join(' ')}, ${processor}, ${processors} processors.`,
  ];
  writeFileSync(FILE, `${text.slice(0, begin)}${BEGIN}\n\n${parts.join('\n\n')}\n\n${text.slice(end)}`);
}

function toolTable(observations: readonly Observation[]): string {
  const rows = TOOLS.map((tool) => {
    const of = observations.filter((observation) => observation.tool === tool);
    return [
      tool.name,
      tool.version,
      tool.settings,
      tool.madeFor,
      `${tool.waitMs / 1000} s`,
      saysCell(of),
      lineCell(of),
    ];
  });
  return table([['tool', 'version', 'settings', 'made for', 'time', 'says anything', 'names the line'], ...rows]);
}

export function mechanismTable(observations: readonly Observation[], programs: readonly StallCase[]): string {
  const rows = [...new Set(programs.map(mechanismOf))].sort().map((mechanism) => [
    mechanism,
    ...TOOLS.map((tool) => {
      const of = observations.filter((one) => one.tool === tool && mechanismOf(one.stallCase) === mechanism);
      return of.length === 0 ? '' : `${saysCell(of)}, ${lineCell(of)}`;
    }),
  ]);
  return table([['mechanism', ...TOOLS.map(({ name }) => name)], ...rows]);
}

function programTable(observations: readonly Observation[], programs: readonly StallCase[]): string {
  const rows = programs.map((stallCase) => [
    stallCase.lines.length === 0 ? `(${stallCase.id})` : stallCase.id,
    mechanismOf(stallCase),
    ...TOOLS.map((tool) => mark(observations.find((one) => one.tool === tool && one.stallCase === stallCase))),
  ]);
  return table([['program', 'mechanism', ...TOOLS.map(({ name }) => name)], ...rows]);
}

function mark(observation: Observation | undefined): string {
  if (observation === undefined) return '';
  const { says, namesLine } = observation;
  if (!says) return '·';
  return namesLine === true ? '●' : '○';
}

function saysCell(of: readonly Observation[]): string {
  return `${of.filter(({ says }) => says).length} of ${of.length}`;
}

function lineCell(of: readonly Observation[]): string {
  const withLine = of.filter(({ namesLine }) => namesLine !== undefined);
  return withLine.length === 0
    ? 'none'
    : `${withLine.filter(({ namesLine }) => namesLine).length} of ${withLine.length}`;
}

/** With columns of one width, as the formatter of this repository writes them. */
function table(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [header, widths.map((width) => '-'.repeat(width)), ...rows.slice(1)];
  return lines
    .map((cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`)
    .join('\n');
}
