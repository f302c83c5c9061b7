import { operandEnd, type Range } from './expressions.ts';
import { functionsIn } from './functions.ts';
import type { Token, Tokens } from './tokens.ts';

/**
 * What is awaited at a place that V8 names: at the word `await` or `yield`, or at the variable of a `for await`. Undefined: the
 * text has none there.
 */
export function awaitedAt(tokens: Tokens, index: number): Range | undefined {
  const { list, partners } = tokens;
  const token = list[index];
  if (token?.text === 'await' || token?.text === 'yield') {
    const from = list[index + 1]?.text === '*' ? index + 2 : index + 1;
    if (list[index + 1]?.text === '(' && list[index - 1]?.text === 'for') return loopOperand(tokens, index + 1);
    return { from, to: operandEnd(tokens, from) };
  }
  for (let at = index - 1; at > index - 20 && at > 1; at--) {
    if (list[at]?.text === '(' && (partners[at] as number) > index) {
      return list[at - 1]?.text === 'await' ? loopOperand(tokens, at) : undefined;
    }
  }
  return undefined;
}

function loopOperand({ list, partners }: Tokens, opener: number): Range | undefined {
  const to = partners[opener] as number;
  const of = list.findIndex(({ text }, at) => at > opener && at < to && text === 'of');
  return of < 0 ? undefined : { from: of + 1, to };
}

/** The places in a function at which it can be suspended; those of functions within it are not its own. */
export function ownAwaits(tokens: Tokens, body: Range): number[] {
  const inner = functionsIn(tokens, { from: body.from + 1, to: body.to });
  const found: number[] = [];
  for (let index = body.from; index < body.to; index++) {
    const { text } = tokens.list[index] as Token;
    if (text !== 'await' || tokens.list[index - 1]?.text === '.') continue;
    if (inner.some(({ body: { from, to } }) => index >= from && index < to)) continue;
    found.push(index);
  }
  return found;
}
