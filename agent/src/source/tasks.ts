import type { Range } from './expressions.ts';
import type { SourceText } from './source-text.ts';

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
const KEYWORD =
  /^(?:async|await|break|case|catch|class|const|continue|default|delete|do|else|extends|false|finally|for|function|if|in|instanceof|let|new|null|of|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|yield|Promise|\d.*)$/;

/**
 * Where in its sources the code is that what is awaited was made with, nearest first: the expression itself, which may hold functions, and
 * what its names stand for, and their names again. A call that is suspended there, and that nobody awaits who is seen, is what is
 * waited for: a task that was given to a queue, or what has a lock.
 *
 * @param open gives another file of the project that a name was imported from
 */
export function reachedFrom(
  source: SourceText,
  range: Range,
  open: (from: string, module: string) => SourceText | undefined,
): Reached[] {
  const found: Reached[] = [];
  const seen = new Set<string>();
  const queue: { source: SourceText; range: Range; steps: number }[] = [{ source, range, steps: 0 }];
  for (let next = queue.shift(); next !== undefined && found.length < MAX_REACHED; next = queue.shift()) {
    const { source: at, range: part, steps } = next;
    const { list } = at.tokens;
    const [first, last] = [list[part.from], list[part.to - 1]];
    if (first === undefined || last === undefined) continue;
    found.push({ file: at.file, start: first.start, end: last.end, steps });
    if (steps === MAX_STEPS) continue;
    for (const name of namesIn(at, part)) {
      const key = `${at.file} ${name.text} ${name.of}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const module = name.of !== 'nothing' ? undefined : at.names.moduleOf(name.text);
      const there = module === undefined ? at : /^[./]/.test(module) ? open(at.file, module) : undefined;
      for (const { range: declared, kind } of there?.names.declarationsOf(name.text) ?? []) {
        // What hangs on some object may be any method of that name, and nothing else.
        if (name.of === 'object' ? kind !== 'method' : name.of === 'nothing' && kind === 'method') continue;
        const inside = there === at && declared.from <= part.from && part.to <= declared.to;
        if (!inside) queue.push({ source: there as SourceText, range: declared, steps: steps + 1 });
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

function namesIn({ tokens: { list } }: SourceText, { from, to }: Range): UsedName[] {
  const found: UsedName[] = [];
  for (let index = from; index < to; index++) {
    const token = list[index];
    if (token?.kind !== 'word' || KEYWORD.test(token.text)) continue;
    // The name of a property that something is put into.
    if (list[index + 1]?.text === ':' && /^[{,]$/.test(list[index - 1]?.text ?? '')) continue;
    const dot = /^\??\.$/.test(list[index - 1]?.text ?? '');
    const of = !dot ? 'nothing' : list[index - 2]?.text === 'this' ? 'this' : 'object';
    found.push({ text: token.text, of });
  }
  return found;
}
