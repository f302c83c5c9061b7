import type { Token, Tokens } from './tokens.ts';

/** Part of a list of tokens: from `from`, before `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Words behind which an expression goes on. */
const GOES_ON = /^(?:new|await|typeof|void|delete|return|yield|in|of|instanceof|as|async|function|class|extends)$/;
/** Words by which it goes on, at the beginning of a line. */
const JOINS = /^(?:in|of|instanceof|as|satisfies)$/;
/** What may stand before an operand. */
const PREFIX = /^(?:new|await|async|void|typeof|delete|[!+~*-])$/;

/** Where an expression ends that stands among others: before a comma, a semicolon, or the end of the brackets that it is in. */
export function expressionEnd({ list, partners }: Tokens, from: number): number {
  for (let index = from; index < list.length; index++) {
    const { text } = list[index] as Token;
    if (text === ',' || text === ';' || (index > from && beginsStatement(list, index))) return index;
    const partner = partners[index] as number;
    if (partner >= 0 && partner < index) return index;
    if (partner >= 0) index = partner;
  }
  return list.length;
}

/** Without semicolons: a name or text at the beginning of a line, behind something that is complete. */
function beginsStatement(list: readonly Token[], index: number): boolean {
  const token = list[index] as Token;
  if (!token.first || token.kind === 'sign' || JOINS.test(token.text)) return false;
  const before = list[index - 1] as Token;
  return before.kind === 'sign' ? /^[)\]}]$/.test(before.text) : !GOES_ON.test(before.text);
}

/** Where the operand of an `await` ends: a name or a bracket, with all that is taken from it and called of it. */
export function operandEnd({ list, partners }: Tokens, from: number): number {
  const past = (index: number): number => {
    const partner = partners[index] as number;
    return partner > index ? partner + 1 : index + 1;
  };
  let index = from;
  while (PREFIX.test(list[index]?.text ?? '')) index++;
  if (list[index]?.text === 'function') while (index < list.length && list[index]?.text !== '{') index = past(index);
  index = past(index);
  while (index < list.length) {
    const { text } = list[index] as Token;
    if (text === '.' || text === '?.') index += list[index + 1]?.kind === 'word' ? 2 : 1;
    else if (text === '(' || text === '[' || text === '${' || text === '=>' || text.startsWith('`'))
      index = past(index);
    else if (text === '{' && list[index - 1]?.text === '=>') index = past(index);
    else break;
  }
  return index;
}
