import { realpathSync } from 'node:fs';

/** Up to the name of the innermost package: `/app/node_modules/@acme/steps`. */
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/s;
const INSTALLED = /[\\/]node_modules[\\/]/;
const MAX_PACKAGES = 2000;

const outside = new Map<string, boolean>();

/**
 * Whether a package that is used below `node_modules` lies elsewhere: a workspace of the same repository, linked to. Node.js names
 * files by where they lie, unless it was started with --preserve-symlinks; then only the link itself tells.
 */
export function liesOutside(file: string): boolean {
  const [folder] = PACKAGE.exec(file) ?? [];
  if (folder === undefined) return false;
  let answer = outside.get(folder);
  if (answer === undefined) {
    answer = leadsOutside(folder);
    if (outside.size >= MAX_PACKAGES) outside.clear();
    outside.set(folder, answer);
  }
  return answer;
}

function leadsOutside(folder: string): boolean {
  try {
    // The end is a name, not a folder in which something lies.
    return !INSTALLED.test(realpathSync.native(folder));
  } catch {
    return false;
  }
}
