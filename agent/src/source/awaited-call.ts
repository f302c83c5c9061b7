import type { CallExpression, NewExpression } from 'acorn';
import { isPackageName } from './names.ts';
import type { SourceText, SyntaxNode } from './source-text.ts';
import { isFunction, keyName, namesIn, nodesAround, walk } from './walk.ts';

/** What made the promise that is awaited somewhere, as far as the source tells. */
export interface AwaitedCall {
  /** What is called there, such as `pool.acquire`: names only; empty: no call, or not one alone. */
  readonly callee: string;
  /** The module that comes from, such as `tar` or `node:events`; empty: the project's own, or not known. */
  readonly module: string;
  /** It has been given functions of the project, and may wait for what they do. */
  readonly givenFunctions: boolean;
}

type Call = CallExpression | NewExpression;

const UNKNOWN: AwaitedCall = { callee: '', module: '', givenFunctions: false };
const COMBINATOR = /^(?:all|allSettled|any|race)$/;
/** What hangs on a promise and makes another one of it. */
const CHAINED = /^(?:then|catch|finally)$/;
const MAX_CALLEE = 100;
/** How many names may lead from one to the next. */
const MAX_STEPS = 3;

/** Reads what is awaited. */
export function awaitedCall(source: SourceText, awaited: SyntaxNode): AwaitedCall {
  const executor = executorCall(awaited);
  return executor === undefined
    ? describe(source, callOf(awaited), [])
    : describe(source, executor.call, executor.resolvers);
}

/** `new Promise((resolve) => a.b(resolve))`: the call that has been given the function which settles the promise. */
function executorCall(node: SyntaxNode): { readonly call: Call; readonly resolvers: readonly string[] } | undefined {
  if (node.type !== 'NewExpression' || rendered(node.callee) !== 'Promise') return undefined;
  const [executor] = node.arguments;
  if (!isFunction(executor)) return undefined;
  const resolvers = executor.params.flatMap(namesIn);
  const calls: Call[] = [];
  walk(executor.body, (inner) => {
    if (!isCall(inner) || !inner.arguments.some((argument) => mentions(argument, resolvers))) return true;
    calls.push(inner);
    return false;
  });
  const [call, another] = calls;
  return call === undefined || another !== undefined ? undefined : { call, resolvers };
}

function describe(source: SourceText, call: Call | undefined, resolvers: readonly string[]): AwaitedCall {
  if (call === undefined) return UNKNOWN;
  const name = rendered(call.callee);
  if (/^Promise\b/.test(name) || COMBINATOR.test(name.split('.').at(-1) ?? '')) return UNKNOWN;
  const maker = makerOf(source, call.callee, MAX_STEPS);
  return {
    callee: `${call.type === 'NewExpression' ? 'new ' : ''}${name}`.slice(0, MAX_CALLEE),
    module: maker.module,
    givenFunctions: maker.givenFunctions || givesFunctions(source, call.arguments, resolvers),
  };
}

/** The call whose promise it is, without what is chained to it. */
function callOf(node: SyntaxNode): Call | undefined {
  switch (node.type) {
    case 'ChainExpression':
      return callOf(node.expression);
    case 'MemberExpression':
      return callOf(node.object);
    case 'NewExpression':
      return node;
    case 'CallExpression': {
      const { callee } = node;
      const chained = callee.type === 'MemberExpression' && CHAINED.test(keyName(callee.property, callee.computed));
      return chained ? callOf(callee.object) : node;
    }
    default:
      return undefined;
  }
}

/** What is called, by its names alone: arguments may be secrets. */
function rendered(node: SyntaxNode): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'Super':
      return 'super';
    case 'MemberExpression':
      return `${rendered(node.object)}.${keyName(node.property, node.computed) || '…'}`;
    case 'CallExpression':
      return `${rendered(node.callee)}()`;
    case 'NewExpression':
      return `new ${rendered(node.callee)}()`;
    case 'AwaitExpression':
      return rendered(node.argument);
    case 'ChainExpression':
      return rendered(node.expression);
    case 'SequenceExpression':
      // `(0, tar_1.create)(…)`, as compilers write it.
      return rendered(node.expressions.at(-1) as SyntaxNode);
    default:
      return '…';
  }
}

interface Maker {
  readonly module: string;
  readonly givenFunctions: boolean;
}

const NOBODY: Maker = { module: '', givenFunctions: false };

/** Where the first name of an expression comes from, by way of what it was given in this file. */
function makerOf(source: SourceText, expression: SyntaxNode, steps: number): Maker {
  const { names } = source;
  const { name, own } = firstName(expression);
  if (name === '') return NOBODY;
  const module = own ? undefined : names.moduleOf(name);
  if (module !== undefined) return { module, givenFunctions: false };
  if (steps === 0 || (!own && isParameter(source, expression.start, name))) return NOBODY;
  const [declared, another] = names.declarationsOf(name).filter(({ kind }) => kind === 'value');
  if (declared === undefined || another !== undefined || holds(declared.node, expression)) return NOBODY;
  const maker = makerOf(source, declared.node, steps - 1);
  const made = callOf(declared.node);
  if (!isPackageName(maker.module) || made === undefined) return maker;
  return { module: maker.module, givenFunctions: maker.givenFunctions || givesFunctions(source, made.arguments, []) };
}

/** The name that an expression begins with; `own`: it is a field of this object. */
function firstName(node: SyntaxNode): { readonly name: string; readonly own: boolean } {
  switch (node.type) {
    case 'Identifier':
      return { name: node.name, own: false };
    case 'MemberExpression':
      return node.object.type === 'ThisExpression'
        ? { name: keyName(node.property, node.computed), own: true }
        : firstName(node.object);
    case 'CallExpression':
    case 'NewExpression':
      return firstName(node.callee);
    case 'AwaitExpression':
      return firstName(node.argument);
    case 'ChainExpression':
      return firstName(node.expression);
    case 'SequenceExpression':
      return firstName(node.expressions.at(-1) as SyntaxNode);
    default:
      return { name: '', own: false };
  }
}

/** A name that a function around the offset has for what it was given. */
function isParameter({ root }: SourceText, offset: number, name: string): boolean {
  return nodesAround(root, offset).some((node) => isFunction(node) && node.params.flatMap(namesIn).includes(name));
}

/** Functions of the project among the arguments, other than those that settle the promise. */
function givesFunctions({ names }: SourceText, args: readonly SyntaxNode[], resolvers: readonly string[]): boolean {
  return args.some((argument) => {
    if (argument.type === 'Identifier' && !resolvers.includes(argument.name)) return isOwnFunction(argument.name);
    let written = false;
    walk(argument, (node) => {
      if (!isFunction(node)) return true;
      written ||= !mentions(node, resolvers);
      return false;
    });
    return written;
  });

  function isOwnFunction(name: string): boolean {
    const module = names.moduleOf(name);
    if (module !== undefined) return /^[./#]/.test(module);
    return names.declarationsOf(name).some(({ kind }) => kind === 'function' || kind === 'class');
  }
}

function isCall(node: SyntaxNode): node is Call {
  return node.type === 'CallExpression' || node.type === 'NewExpression';
}

function mentions(node: SyntaxNode, names: readonly string[]): boolean {
  let found = false;
  walk(node, (inner) => {
    found ||= inner.type === 'Identifier' && names.includes(inner.name);
    return !found;
  });
  return found;
}

function holds(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
