/** A piece of source text that means something: a name or number, a sign, or a text with its quotes. */
export interface Token {
  readonly kind: 'word' | 'sign' | 'text';
  readonly text: string;
  /** Offset of its first character, and of the one after its last. */
  readonly start: number;
  readonly end: number;
  /** Nothing stands before it on its line. */
  readonly first: boolean;
}

/** The tokens of one file. */
export interface Tokens {
  readonly list: readonly Token[];
  /** For each bracket the place of its other half in the list, for everything else -1. */
  readonly partners: readonly number[];
}

const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#![^\n]*)+/y;
const WORD = /[\w$#\u0080-\uffff]+/y;
const QUOTED = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
/** Up to the end of a template, or to the next expression in it. */
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const SIGN = /=>|\.\.\.|\?\.|[=!]==?|[<>]=|\*\*|&&|\|\||\?\?|[^\w\s]/y;
const OPENERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
/** After one of these an expression begins, so that a slash begins a regular expression. */
const BEFORE_EXPRESSION = /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof)$/;
/** More than that is no file that people write. */
const MAX_TOKENS = 200_000;

/**
 * JavaScript cut into tokens, also with types; undefined when it cannot be read that way. Whether a slash divides is told by what comes
 * before it, which is right for what people write: where it is not, brackets do not fit, and nothing is said.
 */
export function tokensOf(source: string): Tokens | undefined {
  const list: Token[] = [];
  const partners: number[] = [];
  const open: number[] = [];
  let at = 0;
  let first = true;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const add = (kind: Token['kind'], text: string): void => {
    list.push({ kind, text, start: at, end: at + text.length, first });
    first = false;
    partners.push(-1);
    at += text.length;
  };
  const close = (sign: string, opener: string): boolean => {
    const opened = open.pop();
    const found = opened === undefined ? undefined : list[opened]?.text;
    if (opened === undefined || (found !== opener && !(opener === '{' && found === '${'))) return false;
    add('sign', sign);
    partners[opened] = list.length - 1;
    partners[list.length - 1] = opened;
    return true;
  };
  /** The rest of a template; an expression in it stands between brackets of its own. */
  const template = (begin: string): boolean => {
    at += begin.length;
    const rest = match(TEMPLATE);
    at -= begin.length;
    if (rest === undefined) return false;
    if (!rest.endsWith('${')) {
      add('text', begin + rest);
      return true;
    }
    add('text', begin + rest.slice(0, -2));
    open.push(list.length);
    add('sign', '${');
    return true;
  };

  while (at < source.length && list.length < MAX_TOKENS) {
    const blank = match(BLANK) ?? '';
    at += blank.length;
    first ||= blank.includes('\n');
    if (at >= source.length) break;
    const word = match(WORD);
    if (word !== undefined) {
      add('word', word);
      continue;
    }
    const text = match(QUOTED) ?? (beginsExpression(list.at(-1)) ? match(PATTERN) : undefined);
    if (text !== undefined) {
      add('text', text);
      continue;
    }
    const sign = match(SIGN);
    if (sign === undefined) return undefined;
    if (sign === '`') {
      if (!template(sign)) return undefined;
      continue;
    }
    const opener = OPENERS[sign];
    if (opener !== undefined) {
      const inTemplate = list[open.at(-1) ?? -1]?.text === '${';
      if (!close(sign, opener)) return undefined;
      if (inTemplate && !template('')) return undefined;
      continue;
    }
    if (sign === '(' || sign === '[' || sign === '{') open.push(list.length);
    add('sign', sign);
  }
  return open.length === 0 && list.length < MAX_TOKENS ? { list, partners } : undefined;
}

/** Place in the list of the token that holds the character at that offset, or of the first one after it. */
export function tokenAt({ list }: Tokens, offset: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Token).end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function beginsExpression(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_EXPRESSION.test(before.text);
  return before.kind === 'sign' && !/^[)\]}]$/.test(before.text);
}
