// Control characters, line and paragraph separators, and the marks that turn the direction of writing: each of them can
// make a log line, a terminal or a page show something else than what is there.
const HOSTILE = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/gu;
const LINE_BREAKS = /[\r\n\t\u2028\u2029]+/g;
/** Nearly all text, and the quickest to be told from the rest. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Makes foreign text safe to show on one line: control characters, half characters (lone surrogates) and bidirectional
 * overrides become U+FFFD, and what is longer than `maxCharacters` code points is cut, with `…` as its last character.
 * Safe text comes back unchanged. It is still text: escape it for HTML, shells and query languages.
 */
export function clampText(text: string, maxCharacters: number): string {
  if (isFine(text, maxCharacters)) return text;
  return cut(text, maxCharacters, 'end').toWellFormed().replace(HOSTILE, '\uFFFD');
}

/** Like clampText for text that may have several lines, such as an error message: line breaks and tabs become one space. */
export function clampSentence(text: string, maxCharacters: number): string {
  if (isFine(text, maxCharacters)) return text;
  // Cut first, so that the cost does not depend on how much the peer sent.
  const head = text.slice(0, 2 * maxCharacters + 1).replace(LINE_BREAKS, ' ');
  return clampText(text.length > 2 * maxCharacters + 1 ? `${head}…` : head, maxCharacters);
}

/** Like clampText, but cuts the front: the end of a path tells more than its start. */
export function clampFile(text: string, maxCharacters: number): string {
  if (isFine(text, maxCharacters)) return text;
  return cut(text, maxCharacters, 'front').toWellFormed().replace(HOSTILE, '\uFFFD');
}

function isFine(text: string, maxCharacters: number): boolean {
  return text.length <= maxCharacters && PLAIN.test(text);
}

function cut(text: string, maxCharacters: number, side: 'end' | 'front'): string {
  // A code point is one or two UTF-16 units, so short text needs no counting.
  if (text.length <= maxCharacters) return text;
  // One unit more than can be needed: a pair that this slice halves lies outside the characters that are kept.
  const units = 2 * maxCharacters + 1;
  const characters = Array.from(side === 'end' ? text.slice(0, units) : text.slice(-units));
  if (characters.length <= maxCharacters) return text;
  const kept = Math.max(0, maxCharacters - 1);
  return side === 'end'
    ? `${characters.slice(0, kept).join('')}…`
    : `…${kept === 0 ? '' : characters.slice(-kept).join('')}`;
}
