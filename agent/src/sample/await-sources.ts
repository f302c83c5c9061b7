import { dirname, resolve } from 'node:path';
import { FrameOrigin } from '@streamgauge/proto';
import { type AwaitedCall, awaitedCall } from '../source/awaited-call.ts';
import { awaitedAt, ownAwaits } from '../source/awaits.ts';
import type { Range } from '../source/expressions.ts';
import { type FunctionShape, functionsIn } from '../source/functions.ts';
import { type SourceText, sourceText } from '../source/source-text.ts';
import { type Reached, reachedFrom } from '../source/tasks.ts';
import { type Token, type Tokens, tokenAt } from '../source/tokens.ts';
import type { RawFrame } from './call-sites.ts';
import { originOf, plainFile, type StackGroup } from './frames.ts';
import type { FunctionPlace } from './operator-place.ts';
import type { SourceReader } from './source-files.ts';

/** What the sources say of suspended calls. */
export interface AwaitSources {
  /** What is awaited by the project's innermost call, when no package's is within; undefined: its source does not tell. */
  awaitedBy(group: StackGroup): AwaitedCall | undefined;
  /** The suspended call that what the group awaits was made with, such as a task it has given to a queue; undefined: none. */
  taskOf<Group extends StackGroup>(group: Group, groups: readonly Group[]): Group | undefined;
  /** The asynchronous function of the same file whose promise a function gives on as its own; undefined: it does not. */
  givenOn(place: FunctionPlace): FunctionPlace | undefined;
  /** The asynchronous function of the project that is called where a frame awaits; undefined: another thing is awaited there. */
  calledAt(frame: RawFrame): FunctionPlace | undefined;
  /** Where an asynchronous function can be suspended, and what is awaited there. */
  awaitsOf(place: FunctionPlace): readonly OwnAwait[];
}

/** One place at which a function awaits. */
export interface OwnAwait {
  readonly frame: RawFrame;
  readonly call: AwaitedCall;
}

/** Larger files are made by machines: to read them takes long, and they tell little. */
const MAX_SOURCE_LENGTH = 400_000;
/** What others may be written as where an import leaves it out, or names what it will be compiled to. */
const SUFFIXES = ['', '.js', '.mjs', '.cjs', '.ts', '/index.js'] as const;

/** Reads no more files than the reader's budget allows. */
export function createAwaitSources(reader: SourceReader, agentFolder: string): AwaitSources {
  const texts = new Map<string, SourceText | undefined>();

  const open = (file: string): SourceText | undefined => {
    if (texts.has(file)) return texts.get(file);
    const text = isProject(file) ? reader.read(file) : undefined;
    const read = text === undefined || text.length > MAX_SOURCE_LENGTH ? undefined : sourceText(file, text);
    texts.set(file, read);
    return read;
  };

  const openModule = (from: string, module: string): SourceText | undefined => {
    const path = resolve(dirname(from), module);
    for (const suffix of SUFFIXES) {
      const found = open(path + suffix);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return {
    awaitedBy(group) {
      const frame = innermost(group);
      // What a package awaits within is its own matter.
      const own = frame !== undefined && !group.frames.slice(0, group.frames.indexOf(frame)).some(isOfPackage);
      const found = own ? awaitOf(frame) : undefined;
      return found === undefined ? undefined : awaitedCall(found.source, found.range);
    },
    taskOf(group, groups) {
      const found = awaitOf(innermost(group));
      if (found === undefined) return undefined;
      const reached = reachedFrom(found.source, found.range, openModule);
      let best: { readonly group: (typeof groups)[number]; readonly steps: number } | undefined;
      for (const other of groups) {
        const outermost = other === group ? undefined : other.frames.findLast(isOfProject);
        if (outermost === undefined || isCaller(outermost, group)) continue;
        const steps = stepsTo(outermost, reached);
        if (steps === undefined || (best !== undefined && best.steps <= steps)) continue;
        best = { group: other, steps };
      }
      return best?.group;
    },
    givenOn(place) {
      const found = functionOf(place);
      return found && calledIn(found.source, givenExpression(found.source.tokens, found.shape));
    },
    calledAt(frame) {
      const found = awaitOf(frame);
      return found && calledIn(found.source, found.range);
    },
    awaitsOf(place) {
      const found = functionOf(place);
      if (found === undefined || !found.isAsync) return [];
      const { source, shape } = found;
      return ownAwaits(source.tokens, shape.body).flatMap((index) => {
        const range = awaitedAt(source.tokens, index);
        if (range === undefined) return [];
        const at = source.placeOf(source.tokens.list[index]?.start ?? 0);
        const frame = [place.location.function, place.location.file, at.line, at.column] as const;
        return { frame, call: awaitedCall(source, range) };
      });
    },
  };

  /** The asynchronous function whose promise the expression is: it calls that, and nothing besides. */
  function calledIn(source: SourceText, { from, to }: Range): FunctionPlace | undefined {
    const { list, partners } = source.tokens;
    const start = list[from]?.text === 'await' ? from + 1 : from;
    const dotted = /^\??\.$/.test(list[start + 1]?.text ?? '');
    const at = dotted ? start + 2 : start;
    const name = list[at];
    if (name?.kind !== 'word' || list[at + 1]?.text !== '(' || (partners[at + 1] as number) + 1 !== to)
      return undefined;
    if (dotted && list[start]?.text !== 'this' && awaitedCall(source, { from: start, to }).module !== '')
      return undefined;
    const module = dotted ? undefined : source.names.moduleOf(name.text);
    const there = module === undefined ? source : /^[./]/.test(module) ? openModule(source.file, module) : undefined;
    const declared = there?.names.declarationsOf(name.text) ?? [];
    const [called, another] = declared.filter(({ kind }) => kind === (dotted ? 'method' : 'function'));
    if (there === undefined || called === undefined || another !== undefined) return undefined;
    const begin = asyncStart(there.tokens, called.range.from);
    return begin === undefined ? undefined : placeOf(there, name.text, { from: begin, to: called.range.to });
  }

  function functionOf({ location, length }: FunctionPlace): FoundFunction | undefined {
    const source = open(location.file);
    const start = source?.offsetOf(location.line, location.column);
    if (source === undefined || start === undefined) return undefined;
    const { tokens } = source;
    const from = tokenAt(tokens, start);
    const [shape] = functionsIn(tokens, { from, to: tokenAt(tokens, start + length) });
    if (shape === undefined) return undefined;
    const isAsync = tokens.list.slice(from, shape.parameters.from).some(({ text }) => text === 'async');
    return { source, shape, isAsync };
  }

  function awaitOf(frame: RawFrame | undefined): { source: SourceText; range: Range } | undefined {
    if (frame === undefined) return undefined;
    const source = open(plainFile(frame[1]));
    const offset = source?.offsetOf(frame[2], frame[3]);
    if (source === undefined || offset === undefined) return undefined;
    const range = awaitedAt(source.tokens, tokenAt(source.tokens, offset));
    return range === undefined ? undefined : { source, range };
  }

  function innermost({ frames }: StackGroup): RawFrame | undefined {
    return frames.find(isOfProject);
  }

  function isOfPackage(frame: RawFrame): boolean {
    return originOf(plainFile(frame[1]), agentFolder) === FrameOrigin.DEPENDENCY;
  }

  function isOfProject(frame: RawFrame): boolean {
    return isProject(plainFile(frame[1]));
  }

  function isProject(file: string): boolean {
    return originOf(file, agentFolder) === FrameOrigin.USER;
  }

  function stepsTo(frame: RawFrame, reached: readonly Reached[]): number | undefined {
    const file = plainFile(frame[1]);
    const offset = texts.get(file)?.offsetOf(frame[2], frame[3]);
    if (offset === undefined) return undefined;
    return reached.find((part) => part.file === file && part.start <= offset && offset < part.end)?.steps;
  }
}

/** It is among those who wait for the group, and not what the group waits for. */
function isCaller(frame: RawFrame, { frames }: StackGroup): boolean {
  return frames.some((own) => own[1] === frame[1] && own[2] === frame[2] && own[3] === frame[3]);
}

interface FoundFunction {
  readonly source: SourceText;
  readonly shape: FunctionShape;
  readonly isAsync: boolean;
}

/** Where an asynchronous function begins whose name, or whose text, begins at that token; undefined: it is not asynchronous. */
function asyncStart({ list }: Tokens, at: number): number | undefined {
  if (list[at]?.text === 'async') return at;
  let begin = list[at - 1]?.text === '*' ? at - 2 : at - 1;
  if (list[begin]?.text === 'function') begin--;
  return list[begin]?.text === 'async' ? begin : undefined;
}

function placeOf(source: SourceText, name: string, { from, to }: Range): FunctionPlace {
  const { list } = source.tokens;
  const [first, last] = [list[from] as Token, list[to - 1] as Token];
  return {
    location: { function: name, file: source.file, ...source.placeOf(first.start) },
    lastLine: source.placeOf(last.start).line,
    length: last.end - first.start,
  };
}

/** What a function gives on: `(order) => enrich(order)`, or the same with a `return` alone. */
function givenExpression({ list }: Tokens, { braced, body }: FunctionShape): Range {
  const first = braced ? body.from + 1 : body.from;
  const from = list[first]?.text === 'return' ? first + 1 : first;
  let to = body.to;
  while (to > from && /^[;}]$/.test(list[to - 1]?.text ?? '')) to--;
  return { from, to };
}
