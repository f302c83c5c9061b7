import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, sourceFiles } from '../support/repository.ts';

const FOLDER = join(ROOT, 'test/faults/mutants');
const sources = sourceFiles('monitor/src').map(({ text }) => text);

describe('a mutant of the monitor, which the faults have to find', () => {
  test.each(readdirSync(FOLDER))('still breaks something: %s', (name) => {
    const honest = /^const HONEST = '(.+)';$/m.exec(readFileSync(join(FOLDER, name), 'utf8'))?.[1];
    expect(honest).toBeDefined();
    expect(sources.filter((text) => text.includes(honest as string))).toHaveLength(1);
  });
});
