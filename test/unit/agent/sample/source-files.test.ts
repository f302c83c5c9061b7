import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSourceReader, pathsOf, projectFiles } from '../../../../agent/src/sample/source-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the files next to the script come first, packages and hidden folders not at all', () => {
  for (const name of ['src', 'lib', 'node_modules/pg', '.cache']) mkdirSync(join(folder, name), { recursive: true });
  const files = [
    'package.json',
    'src/main.mjs',
    'src/step.ts',
    'lib/x.cjs',
    'node_modules/pg/y.js',
    '.cache/z.js',
    'README.md',
  ];
  for (const file of files) writeFileSync(join(folder, file), '');
  const found = projectFiles(join(folder, 'src/main.mjs')).map((file) => file.slice(folder.length + 1));
  expect(found.slice(0, 2).sort()).toEqual(['src/main.mjs', 'src/step.ts']);
  expect(found.slice(2)).toEqual(['lib/x.cjs']);
});

test('only paths are read, each once', () => {
  expect(pathsOf(['file:///a.mjs', '/a.mjs', 'node:fs', '', 'data:text/javascript,1', 'C:\\b.js'])).toEqual([
    '/a.mjs',
    'C:\\b.js',
  ]);
});

test('reading stops when its time is over', () => {
  const file = join(folder, 'source.mjs');
  writeFileSync(file, 'text');
  let nowMs = 0;
  const reader = createSourceReader(() => nowMs);
  expect(reader.read(file)).toBe('text');
  nowMs = 1000;
  expect(reader.read(join(folder, 'package.json'))).toBeUndefined();
  expect(reader.read(file)).toBe('text');
});

test('what is no file has no text', () => {
  expect(createSourceReader(() => 0).read('/nonexistent')).toBeUndefined();
});
