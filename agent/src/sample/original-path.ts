import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Bundlers name sources by a scheme of their own, below the folder they ran in, with a hash where two have the same name. */
const WEBPACK = /^(?:webpack|rspack):\/\/[^/]*\/(?:\.\/)?([^?]*)/s;
/** Code of the bundler itself, and stand-ins for modules that were left out. */
const BUNDLER_OWN = /^(?:webpack|rspack)\/|^external /;
/** Of two characters at least: one is a drive of Windows. */
const SCHEME = /^[A-Za-z][A-Za-z\d+.-]+:/;

/**
 * Path of a source as its map names it; it need not be there. Undefined: the bundler's own code.
 *
 * @param folder what relative names start from
 * @param project what names of bundlers start from
 */
export function originalPath(source: string, folder: string, project: string): string | undefined {
  const bundled = WEBPACK.exec(source)?.[1];
  if (bundled !== undefined) return BUNDLER_OWN.test(bundled) ? undefined : resolve(project, bundled);
  if (source.startsWith('file:')) {
    try {
      return fileURLToPath(source);
    } catch {
      return source;
    }
  }
  // A query may hold anything.
  if (SCHEME.test(source)) return source.replace(/[?#].*$/s, '');
  return resolve(folder, decoded(source));
}

/** The name of a source with the root that its map puts before all of them. */
export function withRoot(source: string, root: string): string {
  if (root === '' || SCHEME.test(source) || source.startsWith('/')) return source;
  return root.endsWith('/') ? root + source : `${root}/${source}`;
}

/** Names are URLs, and not everybody who writes a map knows. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
