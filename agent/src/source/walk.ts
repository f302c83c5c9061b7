import type { ArrowFunctionExpression, FunctionDeclaration, FunctionExpression } from 'acorn';
import type { SyntaxNode } from './source-text.ts';

/** A function as it is written. */
export type FunctionNode = FunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

/** What a node is made of, in the order of the text. */
function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is SyntaxNode => typeof value?.type === 'string' && typeof value.start === 'number')
    .sort((left, right) => left.start - right.start);
}

/** Calls back for a node and everything in it, outer ones first; what is in a node is left out when `visit` says false. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean | undefined): void {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

/** The nodes around an offset, outermost first. */
export function nodesAround(root: SyntaxNode, offset: number): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  let node: SyntaxNode | undefined = root;
  while (node !== undefined) {
    found.push(node);
    node = childrenOf(node).find(({ start, end }) => start <= offset && offset < end);
  }
  return found;
}

export function isFunction(node: SyntaxNode | null | undefined): node is FunctionNode {
  return node != null && /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** Names that a pattern gives to what it is given, such as `{ a, b: [c] }`: a and c. */
export function namesIn(pattern: SyntaxNode | null | undefined): string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((part) => namesIn(part.type === 'Property' ? part.value : part.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesIn);
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'RestElement':
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

/** Name of a property, with the sign of a private one; empty: it is computed. */
export function keyName(key: SyntaxNode, computed: boolean): string {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return !computed && key.type === 'Identifier' ? key.name : '';
}
