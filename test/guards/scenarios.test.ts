import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/repository.ts';

const DOCUMENT = 'docs/reliability.md';
/** Those of other people's agents and stores that it answers. */
const NUMBERS: readonly number[] = [...range(1, 14), ...range(28, 40)];
/** How the last cell of a row names a test: its file and its name, or a part of it. */
const NAMED_TEST = /`(test\/[\w./-]+\.test\.ts)` › "([^"]+)"/g;
const NAMED_COMMAND = /`npm run ([\w:-]+)/g;
/** A part of a name that is shorter would be found anywhere. */
const SHORTEST_NAME = 15;
const NOT_SHOWN = /^Not shown: /;

interface Row {
  readonly number: number;
  readonly shownBy: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { readonly scripts: object }).scripts);

describe('the scenarios of the manual of reliability', () => {
  const rows = rowsOf(read(DOCUMENT));

  test('are all there, each once', () => {
    expect(rows.map(({ number }) => number)).toEqual(NUMBERS);
  });

  test('are each shown by a test or a command that exists, or say why not', () => {
    expect(rows.flatMap(faultsOf)).toEqual([]);
  });
});

test('a scenario that names no test, one that is not there, or no reason is seen', () => {
  const name = 'a scenario that names no test, one that is not there';
  expect(faultsOf({ number: 1, shownBy: `\`test/guards/scenarios.test.ts\` › "${name}"` })).toEqual([]);
  expect(faultsOf({ number: 1, shownBy: 'Not shown: nobody can.' })).toEqual([]);
  expect(faultsOf({ number: 1, shownBy: 'somewhere' })).toHaveLength(1);
  expect(faultsOf({ number: 1, shownBy: `\`test/guards/nowhere.test.ts\` › "${name}"` })).toHaveLength(1);
  expect(
    faultsOf({ number: 1, shownBy: '`test/guards/scenarios.test.ts` › "a test that nobody has written"' }),
  ).toHaveLength(1);
  expect(faultsOf({ number: 1, shownBy: '`npm run bench:nothing`' })).toHaveLength(1);
});

/** Rows of tables whose first cell is a number. */
function rowsOf(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = /^\| *(\d+) *\|(.*)\|$/.exec(line);
    if (cells === null) return [];
    return [{ number: Number(cells[1]), shownBy: (cells[2] as string).split('|').at(-1)?.trim() ?? '' }];
  });
}

function faultsOf({ number, shownBy }: Row): string[] {
  const tests = [...shownBy.matchAll(NAMED_TEST)];
  const commands = [...shownBy.matchAll(NAMED_COMMAND)];
  if (tests.length + commands.length === 0 && !NOT_SHOWN.test(shownBy))
    return [`${number} names no test and no reason`];
  return [
    ...tests.flatMap(([, file = '', name = '']) =>
      hasTest(file, name) ? [] : [`${number}: ${file} has no test "${name}"`],
    ),
    ...commands.flatMap(([, name = '']) => (scripts.includes(name) ? [] : [`${number}: there is no npm run ${name}`])),
  ];
}

/** Whether a call of test or it, or of what it gives, has a first argument with that text. */
function hasTest(path: string, name: string): boolean {
  if (name.length < SHORTEST_NAME || !existsSync(join(ROOT, path))) return false;
  const text = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:\\b(?:test|it)|\\))\\(\\s*['"\`][^\\n]*${text}`).test(read(path));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
