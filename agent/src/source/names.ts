import { builtinModules } from 'node:module';
import { expressionEnd, type Range } from './expressions.ts';
import { functionsIn } from './functions.ts';
import type { Token, Tokens } from './tokens.ts';

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
  readonly range: Range;
}

const MAX_DECLARATIONS = 4;
const builtIn: ReadonlySet<string> = new Set(builtinModules);

/** Prepares the names of a file; whoever is asked for is looked up. */
export function namesOf(tokens: Tokens): Names {
  let modules: Map<string, string> | undefined;
  const declared = new Map<string, readonly Declaration[]>();
  return {
    moduleOf(name) {
      modules ??= importsOf(tokens);
      return modules.get(name);
    },
    declarationsOf(name) {
      const known = declared.get(name) ?? declarations(tokens, name);
      declared.set(name, known);
      return known;
    },
  };
}

/** True for what is neither a file beside this one nor a part of the runtime. */
export function isPackageName(module: string): boolean {
  return /^[^./#]/.test(module) && !module.startsWith('node:');
}

function importsOf({ list, partners }: Tokens): Map<string, string> {
  const found = new Map<string, string>();
  const note = (names: readonly string[], text: string | undefined): void => {
    const module = text?.slice(1, -1) ?? '';
    const full = builtIn.has(module) ? `node:${module}` : module;
    for (const name of names) found.set(name, full);
  };
  list.forEach(({ kind, text }, index) => {
    if (kind !== 'word') return;
    const next = list[index + 1];
    if (text === 'import' && next !== undefined && next.text !== '(' && next.text !== '.') {
      const from = list.findIndex((token, at) => at > index && (token.kind === 'text' || token.text === ';'));
      if (list[from - 1]?.text === 'from') note(localNames(list.slice(index + 1, from - 1), 'as'), list[from]?.text);
    }
    if ((text === 'require' || text === 'import') && next?.text === '(' && list[index + 2]?.kind === 'text') {
      const sign = assignmentBefore(list, index);
      if (sign === undefined) return;
      const opener = partners[sign - 1] as number;
      note(localNames(list.slice(opener >= 0 ? opener : sign - 1, sign), ':'), list[index + 2]?.text);
    }
  });
  return found;
}

/** `a, b as c` are a and c. */
function localNames(list: readonly Token[], renames: string): string[] {
  return list.flatMap(({ kind, text }, index) => {
    const isName = kind === 'word' && text !== 'as' && text !== 'type' && list[index + 1]?.text !== renames;
    return isName ? [text] : [];
  });
}

/** The name that is given what is required, also where something is put around it; the place of its sign. */
function assignmentBefore(list: readonly Token[], index: number): number | undefined {
  for (let at = index - 1; at > index - 8 && at > 0; at--) {
    const { kind, text } = list[at] as Token;
    if (text === '=') return at;
    if (kind !== 'word' && text !== '(' && text !== '.') return undefined;
  }
  return undefined;
}

function declarations(tokens: Tokens, name: string): Declaration[] {
  const { list } = tokens;
  const found: Declaration[] = [];
  for (let index = 0; index < list.length && found.length < MAX_DECLARATIONS; index++) {
    if (list[index]?.text === name && list[index]?.kind === 'word') found.push(...declarationAt(tokens, index));
  }
  return found;
}

function declarationAt(tokens: Tokens, index: number): Declaration[] {
  const { list, partners } = tokens;
  const before = list[index - 1]?.text ?? '';
  const next = list[index + 1]?.text;
  if (before === 'class') {
    const brace = list.findIndex(({ text }, at) => at > index && text === '{');
    return brace < 0 ? [] : [{ kind: 'class', range: { from: index, to: (partners[brace] as number) + 1 } }];
  }
  if (next === '(' && (before !== '.' || list[index - 2]?.text === '}')) {
    // A function or a method: its parameters are followed by its body.
    const behind = partners[index + 1] as number;
    const [shape] = functionsIn(tokens, { from: index, to: Math.min(list.length, behind + 20) });
    if (shape?.braced !== true || shape.parameters.from !== index + 1) return [];
    const named = before === 'function' || (before === '*' && list[index - 2]?.text === 'function');
    return [{ kind: named ? 'function' : 'method', range: { from: index, to: shape.body.to } }];
  }
  const sign = next === ':' && /^(?:const|let|var|readonly)$/.test(before) ? typedAssignment(list, index) : index + 1;
  const isProperty = next === ':' && (before === '{' || before === ',');
  if (list[sign]?.text !== '=' && !isProperty) return [];
  // Of others' properties nothing is known.
  if (before === '.' && list[index - 2]?.text !== 'this') return [];
  const range = { from: sign + 1, to: expressionEnd(tokens, sign + 1) };
  if (range.from >= range.to) return [];
  return [{ kind: !isFunction(tokens, range) ? 'value' : isProperty ? 'method' : 'function', range }];
}

function typedAssignment(list: readonly Token[], index: number): number {
  const sign = list.findIndex(({ text }, at) => at > index && /^[=;]$/.test(text));
  return sign < 0 ? index : sign;
}

/** The whole of it is one function. */
export function isFunction(tokens: Tokens, range: Range): boolean {
  const [shape] = functionsIn(tokens, range);
  return shape !== undefined && shape.body.to >= range.to && shape.parameters.from <= range.from + 3;
}
