import { readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** `import { a, b as c } from './x.js';` as tsc writes it, and as it is left when types are blanked out. */
const IMPORT = /^import\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"];?/gm;
const TYPE_IMPORT_LEFT = /^import\s*\{\s*\}\s*from.*$/gm;
const EXPORT = /^export (?=(?:async function|function|const|class) (\w+))/gm;
/** What would be needed and is not understood: said when it is put together, not found out in somebody's process. */
const NOT_UNDERSTOOD = /^(?:import|export)\b|\bimport\.meta\b|\bimport\(/m;

let text: string | undefined;

/**
 * An expression that makes a probe in a process without the agent. It is put together from this package's own modules, so that
 * nothing has to be installed where the process runs, nothing stays in its module cache, and the code exists only once.
 */
export function probeText(): string {
  text ??= assemble(new URL(`../sample/probe${extensionOf(import.meta.url)}`, import.meta.url).href, 'createProbe()');
  return text;
}

/** One expression out of a module and what it imports. Throws for modules that are written in a way it does not know. */
export function assemble(entry: string, result: string): string {
  const parts: string[] = [];
  const names = new Map<string, string>();
  const add = (url: string): string => {
    const known = names.get(url);
    if (known !== undefined) return known;
    const exported: string[] = [];
    const body = readModule(url)
      .replace(TYPE_IMPORT_LEFT, '')
      .replace(IMPORT, (_line, list: string, from: string) => {
        const module = add(resolve(from, url));
        return `const {${list.replace(/\s+as\s+/g, ': ')}} = ${module};`;
      })
      .replace(EXPORT, (_word, name: string) => {
        exported.push(name);
        return '';
      });
    if (NOT_UNDERSTOOD.test(body)) throw new Error(`${url} cannot be made part of one text`);
    const name = `module${names.size}`;
    names.set(url, name);
    parts.push(`const ${name} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();`);
    return name;
  };
  const last = add(entry);
  // The name is that of a file of this package, so that its frames are known as the agent's own.
  const source = new URL('./probe-text.js', import.meta.url).href;
  return `(() => {\n'use strict';\n${parts.join('\n')}\nreturn ${last}.${result};\n})()\n//# sourceURL=${source}`;
}

function readModule(url: string): string {
  const source = readFileSync(new URL(url), 'utf8');
  return extensionOf(url) === '.ts' ? module.stripTypeScriptTypes(source) : source;
}

function resolve(name: string, from: string): string {
  return name.startsWith('.') ? new URL(name, from).href : pathToFileURL(createRequire(from).resolve(name)).href;
}

function extensionOf(url: string): string {
  return url.endsWith('.ts') ? '.ts' : '.js';
}
