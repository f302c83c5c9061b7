import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS_DOCUMENT, limitsIn, limitsTables, withTables } from '../docs/limits-table.ts';
import { ROOT } from '../support/repository.ts';

const document = readFileSync(join(ROOT, LIMITS_DOCUMENT), 'utf8');

/** Tests that a text names as `test/FILE` › "TITLE" but that are not there. */
function missingTests(text: string): string[] {
  return [...text.matchAll(/`(test\/[^`]+)` › "([^"]+)"/g)].flatMap(([, file = '', title = '']) => {
    if (!existsSync(join(ROOT, file))) return [`${file} is not there`];
    const source = readFileSync(join(ROOT, file), 'utf8').replaceAll("\\'", "'");
    return source.includes(title) ? [] : [`${file} has no test "${title}"`];
  });
}

describe('the manual of security', () => {
  test('carries every limit as it stands in the sources; if not: npm run docs:limits', () => {
    expect(document).toBe(withTables(document));
  });

  test('has a table of limits that is read from the sources, products and sentences of several lines as well', () => {
    expect(limitsIn('/** Bytes. */\nexport const maxBytes: number = 2 * 1_024;\nconst other = 3;\n')).toEqual([
      { name: 'maxBytes', value: 2048, meaning: 'Bytes.' },
    ]);
    expect(limitsIn('  /**\n   * One\n   * thing.\n   */\n  HEADERS_MS: 5000,\n')).toEqual([
      { name: 'HEADERS_MS', value: 5000, meaning: 'One thing.' },
    ]);
    for (const name of ['HELLO_FRAME_BYTES', 'maxBadFrames', 'REQUEST_MS', 'maxWrongTokens', 'MAX_BUFFERED_BYTES'])
      expect(limitsTables()).toContain(`\`${name}\``);
  });

  test('names tests that exist', () => {
    expect(missingTests(document)).toEqual([]);
    expect(missingTests(document.replaceAll('is at most', 'is at least'))).toHaveLength(1);
    expect(missingTests('`test/guards/gone.test.ts` › "x"')).toHaveLength(1);
  });

  test('has a line for each of the scenarios 41 to 59', () => {
    const numbers = [...document.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 19 }, (_, index) => 41 + index));
    const silent = document
      .split('\n')
      .filter((line) => /^\| \d+ +\|/.test(line))
      .filter((line) => !line.includes('› "') && !line.includes('Not shown:'));
    expect(silent).toEqual([]);
  });
});
