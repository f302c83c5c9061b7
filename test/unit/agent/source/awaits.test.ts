import { expect, test } from 'vitest';
import { ownAwaits } from '../../../../agent/src/source/awaits.ts';
import { type SourceText, sourceText } from '../../../../agent/src/source/source-text.ts';
import { type FunctionNode, isFunction, walk } from '../../../../agent/src/source/walk.ts';

function firstFunction({ root }: SourceText): FunctionNode {
  let found: FunctionNode | undefined;
  walk(root, (node) => {
    if (isFunction(node)) found ??= node;
  });
  if (found === undefined) throw new Error('there is no function');
  return found;
}

test('the awaits of functions within a function are not its own', () => {
  const source = sourceText(
    '/app/main.mjs',
    `class Stage {
  async _transform(order) {
    await lock(async () => { await inner(); });
    const f = async (a) => await a, g = async function () { await 1; };
    class A { async m() { await 2; } }
    for await (const x of y) x.await;
  }
}`,
  );
  if (source === undefined) throw new Error('unreadable');
  expect(ownAwaits(firstFunction(source)).map(({ offset }) => source.placeOf(offset).line)).toEqual([3, 6]);
});

test.each([
  ['a module', 'main.mjs', "import a from 'a';\nawait a();"],
  ['a script', 'main.cjs', 'with (a) b();\nreturn;'],
  ['a program with a line for the shell', 'main.js', '#!/usr/bin/env node\nawait a();'],
])('%s is read', (_what, file, text) => expect(sourceText(`/app/${file}`, text)).toBeDefined());

test.each([
  ['a bracket that nothing closes', 'main.mjs', 'f(a'],
  ['types in a file of JavaScript', 'main.mjs', 'const a: number = 1;'],
  ['types that leave code behind', 'main.ts', 'enum A { B }'],
])('%s: nothing is said', (_what, file, text) => expect(sourceText(`/app/${file}`, text)).toBeUndefined());

test('types are taken away, and everything stays at its place', () => {
  const source = sourceText(
    '/app/main.ts',
    'interface A { b: string }\nconst f = async (a: A): Promise<A> => await g<A>(a);',
  );
  expect(source?.placeOf(ownAwaits(firstFunction(source as SourceText))[0]?.offset ?? 0)).toEqual({
    line: 2,
    column: 39,
  });
});
