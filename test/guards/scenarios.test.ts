import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/repository.ts';

/** What other people's agents and stores have met, by number, in the manuals that answer it. */
const MANUALS: readonly (readonly [document: string, numbers: readonly number[]])[] = [
  ['docs/reliability.md', [...range(1, 14), ...range(28, 40)]],
  ['docs/security.md', range(41, 59)],
];
/** How a test is named: its file and its name, or a part of it. */
const NAMED_TEST = /`(test\/[\w./-]+\.test\.ts)` › "([^"]+)"/g;
const NAMED_COMMAND = /`npm run ([\w:-]+)/g;
/** A part of a name that is shorter would be found anywhere. */
const SHORTEST_NAME = 15;
const NOT_SHOWN = /^ +- Not shown: \w/m;

interface Scenario {
  readonly number: number;
  /** Itself, and the list below it. */
  readonly text: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { readonly scripts: object }).scripts);

describe.each(MANUALS)('the scenarios of %s', (document, numbers) => {
  const scenarios = scenariosOf(read(document));

  test('are all there, each once', () => {
    expect(scenarios.map(({ number }) => number)).toEqual(numbers);
  });

  test('are each shown by a test or a command that exists, or say why not', () => {
    expect(scenarios.flatMap(faultsOf)).toEqual([]);
  });
});

test('a scenario that names no test, one that is not there, or no reason is seen', () => {
  const [whole] = scenariosOf('# Title\n\n- **7** It rains:\n  it is wet.\n  - Not shown: nobody can.\n\nMore.\n');
  expect(whole).toEqual({ number: 7, text: 'It rains:\n  it is wet.\n  - Not shown: nobody can.' });
  const faults = (shown: string): string[] => faultsOf({ number: 1, text: `It rains.\n  - ${shown}` });
  const name = 'a scenario that names no test, one that is not there';
  expect(faults(`\`test/guards/scenarios.test.ts\` › "${name}"`)).toEqual([]);
  expect(faults('Not shown: nobody can.')).toEqual([]);
  expect(faults('somewhere')).toHaveLength(1);
  expect(faults(`\`test/guards/nowhere.test.ts\` › "${name}"`)).toHaveLength(1);
  expect(faults('`test/guards/scenarios.test.ts` › "a test that nobody has written"')).toHaveLength(1);
  expect(faults('`npm run bench:nothing`')).toHaveLength(1);
});

/** Points of lists that begin with a number in bold, with what is below each. */
function scenariosOf(text: string): Scenario[] {
  const points = text.matchAll(/^- \*\*(\d+)\*\* (.*(?:\n +\S.*)*)/gm);
  return [...points].map(([, number, point = '']) => ({ number: Number(number), text: point }));
}

function faultsOf({ number, text }: Scenario): string[] {
  const tests = [...text.matchAll(NAMED_TEST)];
  const commands = [...text.matchAll(NAMED_COMMAND)];
  if (tests.length + commands.length === 0 && !NOT_SHOWN.test(text)) return [`${number} names no test and no reason`];
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
  return new RegExp(`(?:\\b(?:test|it)|\\))\\(\\s*['"\`][^\\n]*${text}`).test(read(path).replaceAll("\\'", "'"));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
