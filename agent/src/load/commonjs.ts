import Module from 'node:module';
import { dirname } from 'node:path';
import type { Patches } from '../stream/patch.ts';

/** Looks at what one file of an installed package has exported, when it is loaded. */
export interface LoadWatcher {
  /** Which files: matched against the whole path. */
  readonly file: RegExp;
  /** Called once for each copy of such a file; `part` loads another file of the same package, by a path relative to this one. */
  readonly loaded: (exports: unknown, file: string, part: (path: string) => Record<string, unknown>) => void;
}

interface Parent {
  readonly filename?: string;
}

type Load = (this: unknown, request: string, parent: Parent | undefined, isMain: boolean) => unknown;

/**
 * Sees packages when they are loaded, before anybody can have taken something out of them. Nothing is loaded for this. ES modules
 * that import a CommonJS package get it the same way; what is an ES module itself is not seen.
 */
export function hookCommonJs(
  patches: Patches,
  watchers: readonly LoadWatcher[],
  onError: (error: unknown) => void,
): void {
  const loader = Module as unknown as {
    _load: Load;
    _resolveFilename(request: string, parent: unknown): string;
    _cache: Record<string, { readonly loaded?: boolean } | undefined>;
  };
  const seen: Set<string> = new Set();
  patches.method(loader, '_load', (original) => {
    const load = original as Load;
    return function _load(this: unknown, request: string, parent: Parent | undefined, isMain: boolean): unknown {
      const exports = load.call(this, request, parent, isMain);
      try {
        look(request, parent, exports);
      } catch (error) {
        onError(error);
      }
      return exports;
    };

    function look(request: string, parent: Parent | undefined, exports: unknown): void {
      // Built-in modules, and what cannot be one of the files by its parent's path and its own.
      if (typeof request !== 'string' || request.startsWith('node:') || Module.isBuiltin(request)) return;
      const file = loader._resolveFilename(request, parent);
      // Of a circle, half-loaded files are asked for as well: they come again when they are complete.
      if (seen.has(file) || loader._cache[file]?.loaded === false) return;
      seen.add(file);
      for (const watcher of watchers) {
        if (!watcher.file.test(file)) continue;
        // What Node.js looks at to find a path that is relative to this file.
        const self = { filename: file, id: file, path: dirname(file), paths: [] };
        watcher.loaded(exports, file, (path) => load.call(Module, path, self, false) as Record<string, unknown>);
      }
    }
  });
}
