import Module from 'node:module';
import { dirname } from 'node:path';
import type { Patches } from '../stream/patch.ts';
import { TestedVersions, type UntestedPackage } from './tested-versions.ts';

/** Looks at what one file of an installed package has exported, when it is loaded. */
export interface LoadWatcher {
  /** Which files: matched against the whole path. */
  readonly file: RegExp;
  /** Called once for each copy of such a file; `part` loads another file of the same package, by a path relative to this one. */
  readonly loaded: (exports: unknown, file: string, part: (path: string) => Record<string, unknown>) => void;
}

/** A library that the agent knows: found by its files, or by a client that the program hands in. */
export interface KnownPackage extends LoadWatcher {
  /** Follows a client that is there already, with whatever it makes; undefined: it is none of this library's. */
  readonly instrument?: (client: object) => true | undefined;
}

interface Parent {
  readonly filename?: string;
}

type Load = (this: unknown, request: string, parent: Parent | undefined, isMain: boolean) => unknown;

/**
 * Sees packages when they are loaded, before anybody can have taken something out of them, and those that are there already.
 * Nothing is loaded for this. ES modules that import a CommonJS package get it the same way, on every supported Node.js. What is
 * an ES module itself is not seen: no package that is followed is one, and a hook for those would be asked for every module.
 */
export function hookCommonJs(
  patches: Patches,
  watchers: readonly LoadWatcher[],
  onError: (error: unknown) => void,
  onUntested: (untested: UntestedPackage) => void,
): void {
  const loader = Module as unknown as {
    _load: Load;
    _resolveFilename(request: string, parent: unknown): string;
    _cache: Record<string, { readonly loaded?: boolean; readonly exports?: unknown } | undefined>;
  };
  const seen: WeakSet<object> = new WeakSet();
  const versions = new TestedVersions(onUntested);
  let load = loader._load;

  const look = (file: string, exportsOf: () => unknown): void => {
    const module = loader._cache[file];
    // Of a circle, half-loaded files are asked for as well: they come again when they are complete.
    if (module === undefined || module.loaded === false || seen.has(module)) return;
    seen.add(module);
    if (!versions.admits(file)) return;
    for (const watcher of watchers) {
      if (!watcher.file.test(file)) continue;
      // What Node.js looks at to find a path that is relative to this file.
      const self = { filename: file, id: file, path: dirname(file), paths: [] };
      watcher.loaded(exportsOf(), file, (path) => load.call(Module, path, self, false) as Record<string, unknown>);
    }
  };

  patches.method(loader, '_load', (original) => {
    load = original as Load;
    return function _load(this: unknown, request: string, parent: Parent | undefined, isMain: boolean): unknown {
      const exports = load.call(this, request, parent, isMain);
      try {
        // Neither built-in modules nor anything else that no file is.
        if (typeof request === 'string' && !request.startsWith('node:') && !Module.isBuiltin(request))
          look(loader._resolveFilename(request, parent), () => exports);
      } catch (error) {
        onError(error);
      }
      return exports;
    };
  });
  // An ES module that starts the agent itself has imported its packages before.
  for (const [file, module] of Object.entries(loader._cache)) {
    if (module?.loaded !== true) continue;
    try {
      look(file, () => module.exports);
    } catch (error) {
      onError(error);
    }
  }
}
