import type { AwaitedCall } from '../model/evidence.ts';
import { lendsByName } from './held-lock.ts';

/** Who must act when a promise of an installed package is awaited, nobody outside owes an answer, and no code of it is suspended. */
export interface AwaitedPackage {
  readonly category: 'system' | 'user';
  readonly reason: string;
}

/** Names of functions that wait until somebody else does something, who may be the project itself. */
const waits =
  /(?:^|[.#])(?:add(?:Event)?Listener|on|once|next|take|receive|pull|join|consume|subscribe|\w*(?:wait|until|idle|drain|empty)\w*)$/i;

/**
 * What a package promises without having been given any function of the project is its own to keep: where it has only been asked to
 * do something, and not to lend something or to wait for something. Undefined: it is no package's, or its name does not tell.
 */
export function awaitedPackage(awaited: AwaitedCall | undefined): AwaitedPackage | undefined {
  if (awaited === undefined || awaited.callee === '' || !isPackage(awaited.module)) return undefined;
  const { callee, module, givenFunctions } = awaited;
  if (lendsByName(callee, module)) {
    const reason = `${callee}() of ${module} is awaited there, which lends what somebody has to give back.`;
    return { category: 'user', reason };
  }
  if (givenFunctions || waits.test(callee)) return undefined;
  const reason = `${callee}() of ${module} is awaited there, which waits for nothing that the project does: no function of it was given to the package.`;
  return { category: 'system', reason };
}

/** Neither the project's own nor the runtime's. */
function isPackage(module: string): boolean {
  return /^[^./#]/.test(module) && !module.startsWith('node:');
}
