import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS_DOCUMENT, limitsIn, limitsTables, withTables } from '../docs/limits-table.ts';
import { ROOT } from '../support/repository.ts';

const document = readFileSync(join(ROOT, LIMITS_DOCUMENT), 'utf8');

describe('the limits in the manual of security', () => {
  test('stand there as they stand in the sources; if not: npm run docs:limits', () => {
    expect(document).toBe(withTables(document));
  });

  test('are read from the sources, products and sentences of several lines as well', () => {
    expect(limitsIn('/** Bytes. */\nexport const maxBytes: number = 2 * 1_024;\nconst other = 3;\n')).toEqual([
      { name: 'maxBytes', value: 2048, meaning: 'Bytes.' },
    ]);
    expect(limitsIn('  /**\n   * One\n   * thing.\n   */\n  HEADERS_MS: 5000,\n')).toEqual([
      { name: 'HEADERS_MS', value: 5000, meaning: 'One thing.' },
    ]);
    for (const name of ['HELLO_FRAME_BYTES', 'maxBadFrames', 'REQUEST_MS', 'maxWrongTokens', 'MAX_BUFFERED_BYTES'])
      expect(limitsTables()).toContain(`\`${name}\``);
  });
});
