import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { ProcessNames } from './config.ts';
import { isNameTaken } from './family.ts';
import { plainName } from './identity-text.ts';

/** Names of a process whose user gave none. `script` is process.argv[1]; undefined when code came by -e or stdin. */
export function processNames(
  script: string | undefined,
  pid: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ProcessNames {
  return {
    job: () => plainName((script !== undefined && (packageName(script) ?? scriptName(script))) || 'node'),
    worker: () => plainName(`${hostname()}-${pid}`),
    ownOf: (inherited) => (isNameTaken(inherited, environment, pid) ? plainName(`${inherited}-${pid}`) : undefined),
  };
}

/** Name in the nearest package.json above the script; folders of plain scripts have none. */
function packageName(script: string): string | undefined {
  let folder = dirname(resolve(script));
  for (;;) {
    try {
      const name: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
      if (typeof name === 'string' && name !== '') return name;
    } catch {
      // No package.json here, or none that can be read: look further up.
    }
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

function scriptName(script: string): string {
  return basename(script, extname(script));
}
