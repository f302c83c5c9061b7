import type { SyntaxNode } from './source-text.ts';
import { type FunctionNode, isFunction, nodesAround, walk } from './walk.ts';

/**
 * What is awaited at a place that V8 names: at the word `await` or `yield`, or at the variable of a `for await`. Undefined: the
 * text has none there.
 */
export function awaitedAt(root: SyntaxNode, offset: number): SyntaxNode | undefined {
  for (const node of nodesAround(root, offset).reverse()) {
    if (node.type === 'AwaitExpression' && offset < node.argument.start) return node.argument;
    if (node.type === 'YieldExpression' && node.argument && offset < node.argument.start) return node.argument;
    if (node.type === 'ForOfStatement' && node.await && offset < node.right.start) return node.right;
  }
  return undefined;
}

/** The places in a function at which it can be suspended; those of functions within it are not its own. */
export function ownAwaits(of: FunctionNode): { readonly offset: number; readonly awaited: SyntaxNode }[] {
  const found: { offset: number; awaited: SyntaxNode }[] = [];
  walk(of.body, (node) => {
    if (isFunction(node)) return false;
    if (node.type === 'AwaitExpression') found.push({ offset: node.start, awaited: node.argument });
    if (node.type === 'ForOfStatement' && node.await) found.push({ offset: node.start, awaited: node.right });
    return true;
  });
  return found;
}
