import type { Range } from './expressions.ts';
import { type FunctionShape, functionsIn } from './functions.ts';
import { isFunction, isPackageName } from './names.ts';
import type { SourceText } from './source-text.ts';
import type { Token } from './tokens.ts';

/** What made the promise that is awaited somewhere, as far as the source tells. */
export interface AwaitedCall {
  /** What is called there, such as `pool.acquire`; empty: no call, or not one alone. */
  readonly callee: string;
  /** The module that comes from, such as `tar` or `node:events`; empty: the project's own, or not known. */
  readonly module: string;
  /** It has been given functions of the project, and may wait for what they do. */
  readonly givenFunctions: boolean;
}

const COMBINATOR = /^(?:all|allSettled|any|race)$/;
/** What hangs on a promise and makes another one of it. */
const CHAINED = /^(?:then|catch|finally)$/;
const MAX_CALLEE = 100;
/** How many names may lead from one to the next. */
const MAX_STEPS = 3;

/** Reads what is awaited in that range. */
export function awaitedCall(source: SourceText, range: Range): AwaitedCall {
  const { list, partners } = source.tokens;
  let from = range.from;
  let to = range.to;
  // Brackets around all of it.
  while (list[from]?.text === '(' && (partners[from] as number) === to - 1) {
    from++;
    to--;
  }
  const executor = executorCall(source, { from, to });
  if (executor !== undefined) return describe(source, executor.call, executor.resolvers);
  return describe(source, { from, to }, []);
}

/** `new Promise((resolve) => a.b(resolve))`: the call that has been given the function which settles the promise. */
function executorCall(source: SourceText, { from, to }: Range): { call: Range; resolvers: string[] } | undefined {
  const { list, partners } = source.tokens;
  if (list[from]?.text !== 'new' || list[from + 1]?.text !== 'Promise' || list[from + 2]?.text !== '(')
    return undefined;
  const [shape] = functionsIn(source.tokens, { from: from + 3, to });
  if (shape === undefined) return undefined;
  const resolvers = parameterNames(list, shape);
  const calls = new Set<number>();
  for (let index = shape.body.from; index < shape.body.to; index++) {
    if (list[index]?.kind !== 'word' || !resolvers.includes(list[index]?.text ?? '')) continue;
    const call = outermostCall(source, index, shape.body);
    if (call !== undefined) calls.add(call);
  }
  const [opener] = calls;
  if (opener === undefined || calls.size > 1) return undefined;
  return { call: { from: chainStart(source, opener), to: (partners[opener] as number) + 1 }, resolvers };
}

/** The bracket of the outermost call among whose arguments a token is, within the range. */
function outermostCall(
  { tokens: { list, partners } }: SourceText,
  index: number,
  { from, to }: Range,
): number | undefined {
  for (let at = from; at < index; at++) {
    const isCall = list[at]?.text === '(' && (partners[at] as number) > index && (partners[at] as number) < to;
    const before = list[at - 1];
    if (isCall && before !== undefined && (before.kind === 'word' || before.text === ')' || before.text === ']'))
      return at;
  }
  return undefined;
}

/** Where the names before the bracket of a call begin. */
function chainStart({ tokens: { list, partners } }: SourceText, opener: number): number {
  let at = opener - 1;
  for (;;) {
    if (list[at]?.text === ')' || list[at]?.text === ']') at = (partners[at] as number) - 1;
    const before = list[at - 1]?.text;
    if (before === '.' || before === '?.') at -= 2;
    else if (before === 'new') return at - 1;
    else return at;
  }
}

function describe(source: SourceText, range: Range, resolvers: readonly string[]): AwaitedCall {
  const unknown = { callee: '', module: '', givenFunctions: false };
  const call = callOf(source, range);
  if (call === undefined) return unknown;
  const { list, partners } = source.tokens;
  const callee = list
    .slice(range.from, call.opener)
    .map(({ text }) => text)
    .join('')
    .replace(/^new(?=\w)/, 'new ');
  const first = list[range.from]?.text === 'new' ? range.from + 1 : range.from;
  if (list[first]?.text === 'Promise' || COMBINATOR.test(callee.split('.').at(-1) ?? '')) return unknown;
  const maker = makerOf(source, range.from, MAX_STEPS);
  const args = { from: call.opener + 1, to: partners[call.opener] as number };
  return {
    callee: callee.slice(0, MAX_CALLEE),
    module: maker.module,
    givenFunctions: maker.givenFunctions || givesFunctions(source, args, resolvers),
  };
}

/** The call whose promise it is: the last one, without what is chained to it. */
function callOf({ tokens: { list, partners } }: SourceText, { from, to }: Range): { opener: number } | undefined {
  let found: number | undefined;
  for (let index = from; index < to; index++) {
    if (list[index]?.text === '(') {
      const before = list[index - 1];
      if (index > from && before !== undefined && before.kind === 'word' && CHAINED.test(before.text)) break;
      if (index > from && (before?.kind === 'word' || before?.text === ')' || before?.text === ']')) found = index;
    }
    if ((partners[index] as number) > index) index = partners[index] as number;
  }
  return found === undefined ? undefined : { opener: found };
}

interface Maker {
  readonly module: string;
  readonly givenFunctions: boolean;
}

const NOBODY: Maker = { module: '', givenFunctions: false };

/** Where the first name of an expression comes from, by way of what it was given in this file. */
function makerOf(source: SourceText, start: number, steps: number): Maker {
  const { tokens, names } = source;
  const { list, partners } = tokens;
  let index = start;
  while (/^(?:new|await|\()$/.test(list[index]?.text ?? '')) index++;
  // `(0, tar_1.create)(…)`, as compilers write it.
  if (list[index]?.text === '0' && list[index + 1]?.text === ',') index += 2;
  const own = list[index]?.text === 'this' && /^\??\.$/.test(list[index + 1]?.text ?? '');
  const name = list[own ? index + 2 : index];
  if (name?.kind !== 'word') return NOBODY;
  const module = own ? undefined : names.moduleOf(name.text);
  if (module !== undefined) return { module, givenFunctions: false };
  if (steps === 0 || (!own && isParameter(source, index, name.text))) return NOBODY;
  const [declared, another] = names.declarationsOf(name.text).filter(({ kind }) => kind === 'value');
  if (declared === undefined || another !== undefined || (declared.range.from <= index && index < declared.range.to))
    return NOBODY;
  const maker = makerOf(source, declared.range.from, steps - 1);
  if (!isPackageName(maker.module)) return maker;
  const opener = list.findIndex(({ text }, at) => at >= declared.range.from && text === '(');
  const given =
    opener >= 0 &&
    opener < declared.range.to &&
    givesFunctions(source, { from: opener + 1, to: partners[opener] as number }, []);
  return { module: maker.module, givenFunctions: maker.givenFunctions || given };
}

/** A name that a function around the token has for what it was given. */
function isParameter({ tokens }: SourceText, index: number, name: string): boolean {
  return functionsIn(tokens, { from: 0, to: tokens.list.length }).some(
    (shape) => shape.body.from <= index && index < shape.body.to && parameterNames(tokens.list, shape).includes(name),
  );
}

function parameterNames(list: readonly Token[], { parameters: { from, to } }: FunctionShape): string[] {
  return list.slice(from, to).flatMap(({ kind, text }) => (kind === 'word' ? [text] : []));
}

/** Functions of the project among the arguments, other than those that settle the promise. */
function givesFunctions({ tokens, names }: SourceText, { from, to }: Range, resolvers: readonly string[]): boolean {
  const { list, partners } = tokens;
  const written = functionsIn(tokens, { from, to }).some(
    ({ body }) => !list.slice(body.from, body.to).some(({ text }) => resolvers.includes(text)),
  );
  if (written) return true;
  for (let index = from; index < to; index++) {
    const { kind, text } = list[index] as Token;
    const alone = /^[,)]$/.test(list[index + 1]?.text ?? '') && /^[(,]$/.test(list[index - 1]?.text ?? '');
    if (kind === 'word' && alone && !resolvers.includes(text) && isOwnFunction(text)) return true;
    if ((partners[index] as number) > index) index = partners[index] as number;
  }
  return false;

  function isOwnFunction(name: string): boolean {
    const module = names.moduleOf(name);
    if (module !== undefined) return /^[./#]/.test(module);
    return names
      .declarationsOf(name)
      .some(({ kind, range }) => kind === 'function' || kind === 'class' || isFunction(tokens, range));
  }
}
