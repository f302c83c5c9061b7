/** The parts of package-lock.json (lockfileVersion 3) that tell what an install brings along. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Names of all packages of others that an install of the package in that folder brings along, sorted. */
export function thirdPartyClosure(lockfile: Lockfile, folder: string): string[] {
  const seen = new Set<string>();
  const names = new Set<string>();
  const open = [folder];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { dependencies = {}, optionalDependencies = {} } = lockfile.packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = resolve(lockfile, path, name);
      if (!name.startsWith('@streamgauge/')) names.add(name);
      open.push(found);
    }
  }
  return [...names].sort();
}

/** Looks where Node looks: in the node_modules of the folder itself, then of each folder above it. */
function resolve({ packages }: Lockfile, from: string, name: string): string {
  for (let folder = from; ; folder = folder.replace(/(?:^|\/)[^/]*$/, '')) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const entry = packages[path];
    if (entry?.link && entry.resolved !== undefined) return entry.resolved;
    if (entry !== undefined) return path;
    if (folder === '')
      throw new Error(`package-lock.json does not hold ${name}, which ${from} needs; run npm install.`);
  }
}
