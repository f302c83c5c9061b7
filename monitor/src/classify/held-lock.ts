import type { IncidentFrame } from '../incident/incident.ts';
import { placeName } from './frames.ts';

/** Names of functions, or of packages, by which something is taken that whoever has it must give back. */
const lends = /acquire|lock|mutex|semaphore|exclusive|borrow|checkout|limit|throttle|getConnection/i;

/**
 * Why a suspended call waits for something that code of the project holds, such as a lock or the slot of a limiter: because
 * the same function of a package is also further out in the same call, or in another suspended one, with code of the project
 * inside that it lets run. Undefined: no such sign.
 */
export function heldLock(
  frames: readonly IncidentFrame[],
  others: readonly (readonly IncidentFrame[])[],
): string | undefined {
  const inner = frames.findIndex(isPackage);
  const taker = frames[inner];
  // The innermost code of somebody's must be the package's.
  if (taker === undefined || frames.slice(0, inner).some(isProject)) return undefined;
  const outside = frames.slice(inner + 1);
  if (outside.some((frame, index) => isSame(frame, taker) && outside.slice(0, index).some(isProject))) {
    return `${placeName(taker)} is entered by a call that is inside of it already: it holds what it waits for.`;
  }
  for (const other of others) {
    const at = other.findIndex((frame) => isSame(frame, taker));
    const holder = at < 0 ? undefined : other.slice(0, at).find(isProject);
    if (holder !== undefined)
      return `${placeName(taker)} lets ${placeName(holder)} run, which is suspended and holds it.`;
  }
  return undefined;
}

/**
 * The suspended task that a package runs, such as a queue or a limiter, when a call of the same file waits for what comes after
 * it: the line to open is in the task. Undefined: there is none, or several.
 */
export function taskInside(
  frames: readonly IncidentFrame[],
  others: readonly (readonly IncidentFrame[])[],
): readonly IncidentFrame[] | undefined {
  const inner = frames.find(isProject);
  if (inner === undefined || frames.some(isPackage)) return undefined;
  const tasks = others.filter((other) => {
    const ours = other.filter((frame) => isPackage(frame) || isProject(frame));
    const [first] = ours;
    const last = ours.at(-1);
    return (
      first !== undefined && last !== undefined && isProject(first) && isPackage(last) && first.file === inner.file
    );
  });
  return tasks.length === 1 ? tasks[0] : undefined;
}

/** Whether a function of a package, by its name, waits for something that somebody else must give back. */
export function isLender({ function: name, file }: IncidentFrame): boolean {
  return lendsByName(name, /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)(?!.*node_modules)/.exec(file)?.[1] ?? '');
}

/** The same of a function and the name of its package. */
export function lendsByName(name: string, module: string): boolean {
  return lends.test(name) || lends.test(module);
}

function isPackage(frame: IncidentFrame): boolean {
  return frame.origin === 'dependency' && frame.file !== '';
}

function isProject(frame: IncidentFrame): boolean {
  return frame.origin === 'user' && frame.file !== '';
}

function isSame(left: IncidentFrame, right: IncidentFrame): boolean {
  return left.file === right.file && left.function === right.function && left.function !== '';
}
