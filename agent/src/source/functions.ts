import { expressionEnd, type Range } from './expressions.ts';
import type { Token, Tokens } from './tokens.ts';

/** A function as its text shows it. */
export interface FunctionShape {
  /** Its parameters, with brackets if it has them. */
  readonly parameters: Range;
  /** With its braces; without braces the expression that an arrow function gives. */
  readonly body: Range;
  readonly braced: boolean;
}

/** What stands before brackets and a brace and is no name of a function. */
const STATEMENT = /^(?:if|for|while|switch|catch|with|await)$/;
/** How long the type of what a function gives may be. */
const MAX_TYPE_TOKENS = 16;

/** The functions in a range, also those within others, outer ones first. */
export function functionsIn(tokens: Tokens, { from, to }: Range): FunctionShape[] {
  const found: FunctionShape[] = [];
  for (let index = from; index < to; index++) {
    const shape = functionAt(tokens, index);
    if (shape !== undefined && shape.parameters.from >= from) found.push(shape);
  }
  return found;
}

/** The function whose body begins at this token: at its brace, or behind its arrow. */
function functionAt(tokens: Tokens, index: number): FunctionShape | undefined {
  const { list, partners } = tokens;
  const { text } = list[index] as Token;
  const braced = text === '{';
  const body = { from: index, to: braced ? (partners[index] as number) + 1 : 0 };
  if (list[index - 1]?.text === '=>') {
    const last = parametersEnd(list, index - 1) ?? index - 2;
    const from = list[last]?.text === ')' ? (partners[last] as number) : last;
    const end = braced ? body.to : expressionEnd(tokens, index);
    return { parameters: { from, to: last + 1 }, body: { from: index, to: end }, braced };
  }
  const last = braced ? parametersEnd(list, index) : undefined;
  if (last === undefined) return undefined;
  const from = partners[last] as number;
  const name = list[from - 1];
  if (name === undefined || STATEMENT.test(name.text)) return undefined;
  if (name.kind === 'sign' && name.text !== ']' && name.text !== '*') return undefined;
  return { parameters: { from, to: last + 1 }, body, braced };
}

/** The bracket that ends the parameters before this token, also when the type of what is given stands between. */
function parametersEnd(list: readonly Token[], index: number): number | undefined {
  if (list[index - 1]?.text === ')') return index - 1;
  for (let at = index - 1; at > index - MAX_TYPE_TOKENS && at > 0; at--) {
    const { text } = list[at] as Token;
    if (/^(?:[;{},()=]|=>)$/.test(text)) return undefined;
    if (text === ':') return list[at - 1]?.text === ')' ? at - 1 : undefined;
  }
  return undefined;
}
