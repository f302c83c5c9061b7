import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Root of the checkout. */
export const ROOT: string = at('');

/** The command line as it is run in development. */
export const CLI_SOURCE: string = at('src/cli/main.ts');

/** The command line as it is published; made by `npm run build`. */
export const CLI_BUILT: string = at('dist/cli/main.js');

/** A program below test/e2e/programs. */
export function program(name: string): string {
  const path = at(`test/e2e/programs/${name}`);
  if (!existsSync(path)) throw new Error(`There is no program ${path}.`);
  return path;
}

/** What a node binary needs on its command line to start with the agent, as it is published. */
export function agentArguments(): readonly string[] {
  const file = at('agent/dist/register.js');
  if (!existsSync(file)) throw new Error(`There is no ${file}; run npm run build first.`);
  return [`--import=${pathToFileURL(file).href}`];
}
