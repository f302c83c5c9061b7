import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { caseTable } from '../../stalls/case-table.ts';
import { readCases } from '../../stalls/truth.ts';
import { ROOT } from '../../support/repository.ts';

const FILE = join(ROOT, 'docs', 'accuracy.md');
const BEGIN = '<!-- table: the cases of test/stalls -->';
const END = '<!-- end of table -->';

test('docs/accuracy.md lists every case of the set as its truth has it; STREAMGAUGE_UPDATE_GOLDEN=1 writes it anew', () => {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  const table = `\n\n${caseTable(readCases())}\n\n`;
  if (process.env.STREAMGAUGE_UPDATE_GOLDEN === '1')
    writeFileSync(FILE, `${text.slice(0, begin)}${table}${text.slice(end)}`);
  else expect(text.slice(begin, end)).toBe(table);
});

test('a case is a row with what is known of it, and a near-miss says that nothing is to be found', () => {
  const truth = { title: 'Hangs', source: 'https://github.com/nodejs/node/issues/7', shape: 'pipeline' };
  const culprit = { operator: 'X', category: 'user', mechanism: 'callback-lost', line: null };
  const cases = [
    { id: 'x01', program: '/set/x01.mjs', blamedFile: '/set/x01.mjs', lines: [], truth: { ...truth, culprit } },
    {
      id: 'x02',
      program: '/set/x02.mjs',
      blamedFile: '/set/x02.mjs',
      lines: [],
      truth: { ...truth, source: 'own scenario' },
    },
  ];
  const cells = caseTable(cases)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(cells.slice(2)).toEqual([
    [
      '',
      'x01',
      'Hangs',
      '[nodejs/node#7](https://github.com/nodejs/node/issues/7)',
      'pipeline',
      'user',
      'callback-lost',
      '',
    ],
    ['', 'x02', 'Hangs', 'own scenario', 'pipeline', 'none', 'no incident', ''],
  ]);
});
