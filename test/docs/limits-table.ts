import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/repository.ts';

/** The document that carries the table, and the lines around it. */
export const LIMITS_DOCUMENT = 'docs/security.md';
const BEGIN = '<!-- limits: written by npm run docs:limits -->';
const END = '<!-- end of limits -->';

/** Where the bounds of what comes from outside stand: the protocol, both ends of the link, the HTTP interface, plugins. */
const PLACES: readonly (readonly [title: string, path: string])[] = [
  ['The protocol, both ends', 'proto/src/limits.ts'],
  ['The monitor: tokens', 'monitor/src/access'],
  ['The monitor: connections of workers', 'monitor/src/link'],
  ['The monitor: HTTP', 'monitor/src/http'],
  ['The monitor: what it asks workers', 'monitor/src/status'],
  ['The monitor: commands', 'monitor/src/command'],
  ['The monitor: what it calls', 'monitor/src/listener'],
  ['The monitor: modules of classifiers', 'monitor/src/plugin'],
  ['The agent: its connection', 'agent/src/link'],
  ['The agent: looks that others ask for', 'agent/src/sample/sampler.ts'],
  ['The agent: its status', 'agent/src/status'],
  ['The agent: commands', 'agent/src/command'],
  ['The agent: tasks', 'agent/src/task'],
  ['The agent: operators defined in code', 'agent/src/explicit'],
];

interface Limit {
  readonly name: string;
  readonly value: number;
  readonly meaning: string;
}

/**
 * The numbers that are named in a source and have a comment: constants, and properties of constants. A value may be a product.
 */
export function limitsIn(source: string): Limit[] {
  const pattern =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n *(?:(?:export )?const (\w+)(?:: number)? = ([\d_.* ]+);|(\w+): ([\d_.* ]+),)/g;
  return [...source.matchAll(pattern)].map(([, comment = '', constant, itsValue, property, value]) => ({
    name: constant ?? property ?? '',
    value: (itsValue ?? value ?? '')
      .split('*')
      .reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1),
    meaning: comment
      .replace(/^ *\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim(),
  }));
}

/** The tables, as they stand in the document. */
export function limitsTables(): string {
  return PLACES.map(([title, path]) => {
    const rows = sourcesOf(path)
      .flatMap((file) => limitsIn(readFileSync(file, 'utf8')))
      .map(({ name, value, meaning }) => [`\`${name}\``, value.toLocaleString('en'), meaning.replaceAll('|', '\\|')]);
    return `### ${title}\n\nIn \`${path}\`.\n\n${table([['limit', 'value', 'what it is'], ...rows])}`;
  }).join('\n');
}

/** The document with new tables. */
export function withTables(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${LIMITS_DOCUMENT} has no place for the table of limits.`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${limitsTables()}\n${document.slice(end)}`;
}

function sourcesOf(path: string): string[] {
  const whole = join(ROOT, path);
  if (statSync(whole).isFile()) return [whole];
  return readdirSync(whole)
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(whole, name));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = rows;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}
