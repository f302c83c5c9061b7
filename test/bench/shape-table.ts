import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from '../shapes/catalogue.mjs';
import type { FoundGraph } from '../shapes/look.ts';
import { ROOT } from '../support/repository.ts';
import type { Spread } from './figures.ts';

/** What was seen of one shape on one Node.js. */
export interface ShapeRow {
  readonly name: string;
  readonly major: number;
  readonly shape: Shape;
  readonly graph: FoundGraph;
  readonly cost: { readonly ratio: Spread; readonly nano: Spread } | undefined;
}

const FILE = join(ROOT, 'docs', 'shapes.md');
const BEGIN = '<!-- table: npm run bench:shapes -- --write -->';
const END = '<!-- end of table -->';

/** Replaces the table in docs/shapes.md. */
export function writeShapeTable(
  rows: readonly ShapeRow[],
  environment: Record<string, string | number>,
  rounds: number,
): void {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has no place for the table: ${BEGIN} ... ${END}`);
  const table = [
    tableOf(rows),
    '',
    `Measured on ${String(environment.platform).split(' ', 2).join(' ')}, ${environment.processor}, ${environment.processors} processors: the fastest of ${rounds} bare and of ${rounds} attached runs.`,
  ];
  writeFileSync(FILE, `${text.slice(0, begin)}${BEGIN}\n\n${table.join('\n')}\n\n${text.slice(end)}`);
}

/** One row a shape, one column a version. */
function tableOf(rows: readonly ShapeRow[]): string {
  const majors = [...new Set(rows.map(({ major }) => major))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(({ name }) => name))];
  const header = ['shape', 'edges found', 'position', ...majors.map((major) => `Node ${major}`), 'wanted'];
  const lines = names.map((name) => {
    const of = rows.filter((row) => row.name === name);
    const [first] = of as [ShapeRow, ...ShapeRow[]];
    const cell = (major: number): string => costCell(of.find((row) => row.major === major));
    return [first.shape.title, foundCell(of), positionCell(of), ...majors.map(cell), wantedCell(first.shape)];
  });
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function foundCell(rows: readonly ShapeRow[]): string {
  const counts = rows.map(({ shape, graph, major }) => {
    const wanted = shape.edges.length + (shape.operators?.length ?? 0);
    return { major, text: `${wanted - graph.missing.length} of ${wanted}` };
  });
  const different = [...new Set(counts.map(({ text }) => text))];
  return different.length === 1
    ? (different[0] as string)
    : counts.map(({ major, text }) => `${text} (${major})`).join(', ');
}

function positionCell(rows: readonly ShapeRow[]): string {
  const edges = rows.flatMap(({ graph }) => graph.edges);
  if (edges.length === 0) return 'low watermark of its calls';
  if (edges.every(({ carries }) => carries)) return 'count';
  return edges.some(({ carries }) => carries) ? 'count, in part only shown' : 'only shown';
}

function costCell(row: ShapeRow | undefined): string {
  if (row?.cost === undefined) return '';
  return `${row.cost.ratio.value.toFixed(2)} (${signed(row.cost.nano.value)} ns)`;
}

function signed(nanoseconds: number): string {
  const digits = Math.abs(nanoseconds) < 20 ? 1 : 0;
  return `${nanoseconds < 0 ? '' : '+'}${nanoseconds.toFixed(digits)}`;
}

function wantedCell({ wanted, wantedNano }: Shape): string {
  if (wantedNano !== undefined) return `≤ ${wantedNano} ns`;
  return wanted === undefined ? '' : `≥ ${wanted.toFixed(2)}`;
}
