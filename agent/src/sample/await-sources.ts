import { dirname, resolve } from 'node:path';
import { FrameOrigin } from '@streamgauge/proto';
import { type AwaitedCall, awaitedCall } from '../source/awaited-call.ts';
import { awaitedAt, ownAwaits } from '../source/awaits.ts';
import type { Range } from '../source/expressions.ts';
import { type FunctionShape, functionsIn } from '../source/functions.ts';
import { type SourceText, sourceText } from '../source/source-text.ts';
import { type Reached, reachedFrom } from '../source/tasks.ts';
import { type Token, tokenAt } from '../source/tokens.ts';
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
      const given = found && calledLast(found.source, found.shape);
      if (found === undefined || given === undefined) return undefined;
      const { list } = found.source.tokens;
      const [first, last] = [list[given.range.from] as Token, list[given.range.to - 1] as Token];
      const start = found.source.placeOf(first.start);
      return {
        location: { function: given.name, file: place.location.file, ...start },
        lastLine: found.source.placeOf(last.start).line,
        length: last.end - first.start,
      };
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

/** `(order) => enrich(order)`, or the same with a `return`: the asynchronous function of that name, with its first word. */
function calledLast(
  source: SourceText,
  shape: FunctionShape,
): { readonly range: Range; readonly name: string } | undefined {
  const { tokens, names } = source;
  const { list, partners } = tokens;
  const first = shape.braced ? shape.body.from + 1 : shape.body.from;
  const at = list[first]?.text === 'return' || list[first]?.text === 'await' ? first + 1 : first;
  const name = list[at];
  if (name?.kind !== 'word' || list[at + 1]?.text !== '(') return undefined;
  const end = (partners[at + 1] as number) + 1;
  if (list.slice(end, shape.body.to).some(({ text }) => text !== ';' && text !== '}')) return undefined;
  const [called, another] = names.declarationsOf(name.text).filter(({ kind }) => kind === 'function');
  if (called === undefined || another !== undefined) return undefined;
  const { from, to } = called.range;
  if (list[from]?.text === 'async') return { range: called.range, name: name.text };
  // `async function name() {}`: the range begins at the name.
  const begin = list[from - 1]?.text === '*' ? from - 3 : from - 2;
  return list[begin]?.text === 'async' ? { range: { from: begin, to }, name: name.text } : undefined;
}
