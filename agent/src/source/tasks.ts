import type { SourceText, SyntaxNode } from './source-text.ts';
import { keyName, walk } from './walk.ts';

/** A stretch of a file that something awaited was made with. */
export interface Reached {
  readonly file: string;
  /** Offsets: from the first character, before the last. */
  readonly start: number;
  readonly end: number;
  /** How many names lead there. */
  readonly steps: number;
}

const MAX_STEPS = 3;
const MAX_REACHED = 40;

/**
 * Where in its sources the code is that what is awaited was made with, nearest first: the expression itself, which may hold functions, and
 * what its names stand for, and their names again. A call that is suspended there, and that nobody awaits who is seen, is what is
 * waited for: a task that was given to a queue, or what has a lock.
 *
 * @param open gives another file of the project that a name was imported from
 */
export function reachedFrom(
  source: SourceText,
  awaited: SyntaxNode,
  open: (from: string, module: string) => SourceText | undefined,
): Reached[] {
  const found: Reached[] = [];
  const seen = new Set<string>();
  const queue: { source: SourceText; node: SyntaxNode; steps: number }[] = [{ source, node: awaited, steps: 0 }];
  for (let next = queue.shift(); next !== undefined && found.length < MAX_REACHED; next = queue.shift()) {
    const { source: at, node, steps } = next;
    found.push({ file: at.file, start: node.start, end: node.end, steps });
    if (steps === MAX_STEPS) continue;
    for (const name of usedIn(node)) {
      const key = `${at.file} ${name.text} ${name.of}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const module = name.of !== 'nothing' ? undefined : at.names.moduleOf(name.text);
      const there = module === undefined ? at : /^[./]/.test(module) ? open(at.file, module) : undefined;
      for (const { node: declared, kind } of there?.names.declarationsOf(name.text) ?? []) {
        // What hangs on some object may be any method of that name, and nothing else.
        if (name.of === 'object' ? kind !== 'method' : name.of === 'nothing' && kind === 'method') continue;
        const inside = there === at && declared.start <= node.start && node.end <= declared.end;
        if (!inside) queue.push({ source: there as SourceText, node: declared, steps: steps + 1 });
      }
    }
  }
  return found;
}

interface UsedName {
  readonly text: string;
  /** What it is taken from. */
  readonly of: 'nothing' | 'this' | 'object';
}

function usedIn(part: SyntaxNode): UsedName[] {
  const found: UsedName[] = [];
  /** Names of properties: they stand for nothing by themselves. */
  const keys = new Set<SyntaxNode>();
  walk(part, (node) => {
    if (node.type === 'MemberExpression') {
      keys.add(node.property);
      const text = keyName(node.property, node.computed);
      if (text !== '') found.push({ text, of: node.object.type === 'ThisExpression' ? 'this' : 'object' });
      else keys.delete(node.property);
    } else if ((node.type === 'Property' || node.type === 'MethodDefinition') && !node.computed) {
      if (node.value !== node.key) keys.add(node.key);
    } else if (node.type === 'Identifier' && !keys.has(node)) found.push({ text: node.name, of: 'nothing' });
  });
  return found;
}
