import { readFileSync } from 'node:fs';

/** Version of this package, from its package.json: the same file for the source and for the build. */
export const monitorVersion: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version;
