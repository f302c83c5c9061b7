import { builtinModules } from 'node:module';
import type { Program } from 'acorn';
import type { SyntaxNode } from './source-text.ts';
import { isFunction, keyName, namesIn, walk } from './walk.ts';

/** What the names of one file stand for. */
export interface Names {
  /** The module that a name was imported from, as it is written there; a module of the runtime with its scheme. */
  moduleOf(name: string): string | undefined;
  /** Where a name is made in this file: functions, classes, methods, and what is assigned to it; a few. */
  declarationsOf(name: string): readonly Declaration[];
}

/** One place at which a name gets what it stands for. */
export interface Declaration {
  readonly kind: 'function' | 'method' | 'class' | 'value';
  readonly node: SyntaxNode;
}

const MAX_DECLARATIONS = 4;
const builtIn: ReadonlySet<string> = new Set(builtinModules);

/** True for what is neither a file beside this one nor a part of the runtime. */
export function isPackageName(module: string): boolean {
  return /^[^./#]/.test(module) && !module.startsWith('node:');
}

/** Prepares the names of a file, in one walk when the first of them is asked for. */
export function namesOf(root: Program): Names {
  let found: Found | undefined;
  const all = (): Found => {
    found ??= collect(root);
    return found;
  };
  return {
    moduleOf: (name) => all().modules.get(name),
    declarationsOf: (name) => all().declarations.get(name) ?? [],
  };
}

interface Found {
  readonly modules: Map<string, string>;
  readonly declarations: Map<string, Declaration[]>;
}

function collect(root: Program): Found {
  const modules = new Map<string, string>();
  const declarations = new Map<string, Declaration[]>();
  const declare = (name: string | undefined, kind: Declaration['kind'], node: SyntaxNode): void => {
    if (!name) return;
    const known = declarations.get(name) ?? [];
    if (known.length < MAX_DECLARATIONS) declarations.set(name, [...known, { kind, node }]);
  };
  const assign = (target: SyntaxNode, value: SyntaxNode | null | undefined): void => {
    if (value == null) return;
    const module = requiredBy(value);
    if (module !== undefined) for (const name of namesIn(target)) modules.set(name, module);
    else declare(assignedName(target), isFunction(value) ? 'function' : 'value', value);
  };
  walk(root, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        for (const { local } of node.specifiers) modules.set(local.name, fullName(String(node.source.value)));
        break;
      case 'VariableDeclarator':
        assign(node.id, node.init);
        break;
      case 'AssignmentExpression':
        if (node.operator === '=') assign(node.left, node.right);
        break;
      case 'PropertyDefinition':
        if (node.value)
          declare(keyName(node.key, node.computed), isFunction(node.value) ? 'function' : 'value', node.value);
        break;
      case 'Property':
        declare(keyName(node.key, node.computed), isFunction(node.value) ? 'method' : 'value', node.value);
        break;
      case 'MethodDefinition':
        declare(keyName(node.key, node.computed), 'method', node);
        break;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        declare(node.id?.name, 'function', node);
        break;
      case 'ClassDeclaration':
      case 'ClassExpression':
        declare(node.id?.name, 'class', node);
        break;
    }
  });
  return { modules, declarations };
}

/** A variable, or a field of this object; of others' properties nothing is known. */
function assignedName(target: SyntaxNode): string | undefined {
  if (target.type === 'Identifier') return target.name;
  if (target.type !== 'MemberExpression' || target.object.type !== 'ThisExpression') return undefined;
  return keyName(target.property, target.computed);
}

/** The module that a call of require() or an import() gives, also with something around it or a part of it taken. */
function requiredBy(node: SyntaxNode | undefined): string | undefined {
  switch (node?.type) {
    case 'ImportExpression':
      return literal(node.source);
    case 'AwaitExpression':
      return requiredBy(node.argument);
    case 'MemberExpression':
      return requiredBy(node.object);
    case 'CallExpression': {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
      return isRequire ? literal(node.arguments[0]) : requiredBy(node.arguments[0]);
    }
    default:
      return undefined;
  }
}

function literal(node: SyntaxNode | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? fullName(node.value) : undefined;
}

function fullName(module: string): string {
  return builtIn.has(module) ? `node:${module}` : module;
}
