import { describe, expect, test } from 'vitest';
import { isInside, placeIn } from '../../../../agent/src/sample/operator-place.ts';

const SOURCE = `import { Transform } from 'node:stream';

class First extends Transform {
  _transform(record, encoding, done) {
    done(null, record);
  }
}

class Second extends Transform {
  _transform(record, encoding, done) {
    done(null, record);
  }
}
`;
const TEXT = `_transform(record, encoding, done) {
    done(null, record);
  }`;
const read = (files: Record<string, string>) => ({ read: (file: string): string | undefined => files[file] });

test('a function is found by its text at the place that V8 tells', () => {
  const start = { name: '_transform', line: 3, column: 12 };
  expect(placeIn(['/app/a.mjs'], TEXT, start, read({ '/app/a.mjs': SOURCE }))).toEqual({
    location: { function: '_transform', file: '/app/a.mjs', line: 4, column: 3 },
    lastLine: 6,
    length: TEXT.length,
  });
});

test('of two equal functions in one file, the one at that place is meant', () => {
  const start = { name: '_transform', line: 9, column: 12 };
  expect(placeIn(['/app/a.mjs'], TEXT, start, read({ '/app/a.mjs': SOURCE }))?.location.line).toBe(10);
});

test('a file that has the text elsewhere is not the file', () => {
  const start = { name: '_transform', line: 3, column: 12 };
  const files = { '/app/wrong.mjs': `// a line more\n\n\n\n\n\n${SOURCE}`, '/app/right.mjs': SOURCE };
  expect(placeIn(['/app/wrong.mjs', '/app/right.mjs'], TEXT, start, read(files))?.location.file).toBe('/app/right.mjs');
});

describe('nothing is guessed', () => {
  test.each([
    { story: 'no file can be read', text: TEXT, line: 3 },
    { story: 'V8 knows no place', text: TEXT, line: -1 },
    { story: 'there is no text', text: '', line: 3 },
    { story: 'the file is shorter than the place', text: TEXT, line: 3000 },
  ])('$story', ({ text, line, story }) => {
    const files = story.startsWith('no file') ? {} : { '/a.mjs': SOURCE };
    expect(placeIn(['/a.mjs'], text, { name: 'f', line, column: 12 }, read(files))).toBeUndefined();
  });
});

test('a frame is inside when file and line are', () => {
  const place = { location: { function: 'f', file: '/a.mjs', line: 4, column: 1 }, lastLine: 6, length: 30 };
  expect([3, 4, 6, 7].map((line) => isInside(['f', 'file:///a.mjs', line, 1], [place]))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(isInside(['f', '/b.mjs', 5, 1], [place])).toBe(false);
});
