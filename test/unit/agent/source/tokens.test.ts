import { expect, test } from 'vitest';
import { ownAwaits } from '../../../../agent/src/source/awaits.ts';
import { functionsIn } from '../../../../agent/src/source/functions.ts';
import { tokenAt, tokensOf } from '../../../../agent/src/source/tokens.ts';

const texts = (source: string): string[] | undefined => tokensOf(source)?.list.map(({ text }) => text);

test.each([
  ['comments', 'a // b\n/* c */ d', ['a', 'd']],
  ['texts with quotes in them', `f("a'\\"", 'b"')`, ['f', '(', `"a'\\""`, ',', `'b"'`, ')']],
  ['a template', `f(\`a \${b({ c })} d\`)`, ['f', '(', '`a ', '${', 'b', '(', '{', 'c', '}', ')', '}', ' d`', ')']],
  ['a template in a template', `\`\${\`\${a}\`}\``, ['`', '${', '`', '${', 'a', '}', '`', '}', '`']],
  ['a regular expression', 'a = /[/"]b/g.test(c)', ['a', '=', '/[/"]b/g', '.', 'test', '(', 'c', ')']],
  ['a division', '(a) / b / c', ['(', 'a', ')', '/', 'b', '/', 'c']],
  ['private names and arrows', 'this.#a?.(b => c)', ['this', '.', '#a', '?.', '(', 'b', '=>', 'c', ')']],
])('%s is cut into what means something', (_what, source, expected) => expect(texts(source)).toEqual(expected));

test.each([
  ['a bracket that nothing closes', 'f(a'],
  ['a bracket of another kind', 'f(a]'],
  ['a text without an end', "f('a"],
])('%s: nothing is said', (_what, source) => expect(tokensOf(source)).toBeUndefined());

test('brackets know each other, and offsets find their token', () => {
  const tokens = tokensOf('f(a, [b])');
  expect(tokens?.partners).toEqual([-1, 7, -1, -1, 6, -1, 4, 1]);
  expect([0, 1, 2, 3, 6].map((offset) => tokens && tokenAt(tokens, offset))).toEqual([0, 1, 2, 3, 5]);
});

test('the awaits of functions within a function are not its own', () => {
  const source = `async _transform(order) {
    await lock(async () => { await inner(); });
    const f = async (a) => await a, g = async function () { await 1; };
    class A { async m() { await 2; } }
    for await (const x of y) x.await;
  }`;
  const tokens = tokensOf(source);
  if (tokens === undefined) throw new Error('unreadable');
  const [shape] = functionsIn(tokens, { from: 0, to: tokens.list.length });
  const lines = ownAwaits(tokens, shape?.body ?? { from: 0, to: 0 }).map(
    (index) => source.slice(0, tokens.list[index]?.start).split('\n').length,
  );
  expect(lines).toEqual([2, 5]);
});
