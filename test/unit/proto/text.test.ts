import { clampFile, clampSentence, clampText } from '@streamgauge/proto';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['plain text', 'Gunzip #2', 'Gunzip #2'],
  ['emoji and accents', 'Wärter 🛶', 'Wärter 🛶'],
  ['a terminal escape', '\u001b[31mred', '\uFFFD[31mred'],
  ['a line break', 'a\r\nb', 'a\uFFFD\uFFFDb'],
  ['C1 controls and DEL', '\u0085\u009b\u007f', '\uFFFD\uFFFD\uFFFD'],
  ['line and paragraph separators', '\u2028\u2029', '\uFFFD\uFFFD'],
  ['bidirectional overrides and isolates', 'a\u202eb\u2066c\u200fd\u061c', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFD'],
  ['a lone half of a pair', 'a\ud800b', 'a\uFFFDb'],
  ['markup, which is left to whoever shows it', '<img onerror=x>', '<img onerror=x>'],
])('a name with %s', (_what, text, expected) => {
  expect(clampText(text, 200)).toBe(expected);
});

test('text that is too long keeps its start, and a path keeps its end', () => {
  expect(clampText('abcdef', 4)).toBe('abc…');
  expect(clampText('abcd', 4)).toBe('abcd');
  expect(clampFile('/a/b/c/main.mjs', 9)).toBe('…main.mjs');
  expect(clampFile('/a/b', 4)).toBe('/a/b');
});

test('a character of two halves counts once and is never cut in two', () => {
  expect(clampText('🛶🛶🛶', 3)).toBe('🛶🛶🛶');
  expect(clampText('🛶🛶🛶🛶', 3)).toBe('🛶🛶…');
  expect(clampFile('🛶🛶🛶🛶', 3)).toBe('…🛶🛶');
});

test('the line breaks of a message become one space', () => {
  expect(clampSentence("Cannot find 'x'\r\n\tRequire stack:\n- y", 100)).toBe("Cannot find 'x' Require stack: - y");
});

test('a thousand limits of text cost no more than one', () => {
  const huge = 'x'.repeat(50_000_000);
  const before = performance.now();
  clampText(huge, 200);
  clampSentence(huge, 200);
  clampFile(huge, 200);
  expect(performance.now() - before).toBeLessThan(2000);
});

test('whatever comes in, what goes out is short, well formed, and not changed by a second pass', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (text, max) => {
      for (const clamp of [clampText, clampSentence, clampFile]) {
        const out = clamp(text, max);
        expect(Array.from(out).length).toBeLessThanOrEqual(max);
        expect(out.isWellFormed()).toBe(true);
        expect(out).not.toMatch(/[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
        expect(clamp(out, max)).toBe(out);
      }
    }),
    { numRuns: 2000 },
  );
});
