import { dirname, resolve } from 'node:path';
import { FrameOrigin } from '@streamgauge/proto';
import { type AwaitedCall, awaitedCall } from '../source/awaited-call.ts';
import { awaitedAt, ownAwaits } from '../source/awaits.ts';
import { type SourceText, type SyntaxNode, sourceText } from '../source/source-text.ts';
import { type Reached, reachedFrom } from '../source/tasks.ts';
import { type FunctionNode, isFunction, keyName, walk } from '../source/walk.ts';
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
  /** The suspended calls of the function that these call, or what they call, when they lead to no other as near; none: empty. */
  calledBy<Group extends StackGroup>(places: readonly FunctionPlace[], groups: readonly Group[]): readonly Group[];
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
/** How many functions may lie between an operator's and one that it calls. */
const MAX_CALLS = 2;
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
      return found === undefined ? undefined : awaitedCall(found.source, found.awaited);
    },
    taskOf(group, groups) {
      const found = awaitOf(innermost(group));
      if (found === undefined) return undefined;
      const reached = reachedFrom(found.source, found.awaited, openModule);
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
    calledBy(places, groups) {
      const reached = places.flatMap((place) => {
        const found = functionOf(place);
        return found === undefined ? [] : reachedFrom(found.source, found.node, openModule);
      });
      const near = groups.flatMap((group) => {
        const outermost = group.frames.findLast(isOfProject);
        const steps = outermost === undefined ? undefined : stepsTo(outermost, reached);
        const counts = outermost !== undefined && steps !== undefined && steps > 0 && steps <= MAX_CALLS;
        return counts ? [{ group, outermost, steps }] : [];
      });
      const least = Math.min(...near.map(({ steps }) => steps));
      const nearest = near.filter(({ steps }) => steps === least);
      const functions = new Set(nearest.map(({ outermost: [name, file] }) => `${name} ${file}`));
      return functions.size === 1 ? nearest.map(({ group }) => group) : [];
    },
    givenOn(place) {
      const found = functionOf(place);
      return found && calledIn(found.source, givenExpression(found.node));
    },
    calledAt(frame) {
      const found = awaitOf(frame);
      return found && calledIn(found.source, found.awaited);
    },
    awaitsOf(place) {
      const found = functionOf(place);
      if (found === undefined || !found.node.async) return [];
      const { source, node } = found;
      return ownAwaits(node).map(({ offset, awaited }) => {
        const at = source.placeOf(offset);
        const frame = [place.location.function, place.location.file, at.line, at.column] as const;
        return { frame, call: awaitedCall(source, awaited) };
      });
    },
  };

  /** The asynchronous function whose promise the expression is: it calls that, and nothing besides. */
  function calledIn(source: SourceText, expression: SyntaxNode | null | undefined): FunctionPlace | undefined {
    const call = expression?.type === 'AwaitExpression' ? expression.argument : expression;
    if (call?.type !== 'CallExpression') return undefined;
    const { callee } = call;
    const method = callee.type === 'MemberExpression' ? keyName(callee.property, callee.computed) : undefined;
    const name = method ?? (callee.type === 'Identifier' ? callee.name : '');
    const ofOther = callee.type === 'MemberExpression' && callee.object.type !== 'ThisExpression';
    if (ofOther && awaitedCall(source, call).module !== '') return undefined;
    const module = method === undefined ? source.names.moduleOf(name) : undefined;
    const there = module === undefined ? source : /^[./]/.test(module) ? openModule(source.file, module) : undefined;
    const declared = there?.names.declarationsOf(name) ?? [];
    const [called, another] = declared.filter(({ kind }) => kind === (method === undefined ? 'function' : 'method'));
    if (there === undefined || called === undefined || another !== undefined) return undefined;
    const { node } = called;
    const written = node.type === 'MethodDefinition' ? node.value : node;
    return isFunction(written) && written.async ? placeOf(there, name, node) : undefined;
  }

  /** The function whose body is the first to begin behind its place: V8 names its name, its parameters or its first word. */
  function functionOf({ location, length }: FunctionPlace): FoundFunction | undefined {
    const source = open(location.file);
    const start = source?.offsetOf(location.line, location.column);
    if (source === undefined || start === undefined) return undefined;
    let first: FunctionNode | undefined;
    walk(source.root, (node) => {
      if (!isFunction(node)) return;
      const begin = node.body.start;
      if (begin > start && begin < start + length && begin < (first?.body.start ?? Number.POSITIVE_INFINITY))
        first = node;
    });
    return first === undefined ? undefined : { source, node: first };
  }

  function awaitOf(frame: RawFrame | undefined): { source: SourceText; awaited: SyntaxNode } | undefined {
    if (frame === undefined) return undefined;
    const source = open(plainFile(frame[1]));
    const offset = source?.offsetOf(frame[2], frame[3]);
    if (source === undefined || offset === undefined) return undefined;
    const awaited = awaitedAt(source.root, offset);
    return awaited === undefined ? undefined : { source, awaited };
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
    const parts = reached.filter((part) => part.file === file && part.start <= offset && offset < part.end);
    return parts.length === 0 ? undefined : Math.min(...parts.map(({ steps }) => steps));
  }
}

/** It is among those who wait for the group, and not what the group waits for. */
function isCaller(frame: RawFrame, { frames }: StackGroup): boolean {
  return frames.some((own) => own[1] === frame[1] && own[2] === frame[2] && own[3] === frame[3]);
}

interface FoundFunction {
  readonly source: SourceText;
  readonly node: FunctionNode;
}

function placeOf(source: SourceText, name: string, { start, end }: SyntaxNode): FunctionPlace {
  return {
    location: { function: name, file: source.file, ...source.placeOf(start) },
    lastLine: source.placeOf(end - 1).line,
    length: end - start,
  };
}

/** What a function gives on: `(order) => enrich(order)`, or the same with a `return` alone. */
function givenExpression({ body }: FunctionNode): SyntaxNode | null | undefined {
  if (body.type !== 'BlockStatement') return body;
  const [statement, another] = body.body;
  if (another !== undefined) return undefined;
  if (statement?.type === 'ReturnStatement') return statement.argument;
  return statement?.type === 'ExpressionStatement' ? statement.expression : undefined;
}
