import { posix, win32 } from 'node:path';
import type { FrameLocation, IncidentFrame } from '../incident/incident.ts';

type Origin = IncidentFrame['origin'];

/** Says whose code a file is, when the worker has said what it takes it for. */
export type CodeOwner = (file: string, told: Origin) => Origin;

/** A place, and whose code it is. */
export interface OwnedLocation extends FrameLocation {
  readonly origin: 'user' | 'dependency';
}

/** Files whose owner is remembered. */
const maxFiles = 5000;
const windowsPath = /^(?:[A-Za-z]:[\\/]|\\\\)/;

/** The file of an installed package. */
const installed = /[\\/]node_modules[\\/]/;

/** A place of which the worker does not say whose code it is: the path tells, unless the owner says otherwise. */
export function ownedLocation(location: FrameLocation, codeOwner: CodeOwner): OwnedLocation {
  const byPath = installed.test(location.file) ? 'dependency' : 'user';
  return { ...location, origin: codeOwner(location.file, byPath) === 'dependency' ? 'dependency' : 'user' };
}

/** Nothing is set: the worker's word counts. */
export const workersWord: CodeOwner = (_file, told) => told;

/**
 * The owner of code by patterns (setting `userCode`): a file that matches one is the project's own, one that matches a pattern
 * with a leading `!` is a package's; the last pattern that matches counts. Of files that none matches, and of what is neither
 * (the runtime, the agent, native code), the worker's word counts.
 */
export function ownerByPatterns(patterns: readonly string[]): CodeOwner {
  if (patterns.length === 0) return workersWord;
  const rules = patterns.map((pattern) => {
    const foreign = pattern.startsWith('!');
    return { origin: foreign ? 'dependency' : 'user', glob: plainDots(foreign ? pattern.slice(1) : pattern) } as const;
  });
  const owners = new Map<string, Origin | undefined>();
  const ownerOf = (file: string): Origin | undefined => {
    // Workers and monitor may run on different systems.
    const { matchesGlob } = windowsPath.test(file) ? win32 : posix;
    const path = plainDots(file);
    return rules.findLast(({ glob }) => matchesGlob(path, glob))?.origin;
  };
  return (file, told) => {
    if (file === '' || (told !== 'user' && told !== 'dependency')) return told;
    if (!owners.has(file)) {
      if (owners.size >= maxFiles) owners.clear();
      owners.set(file, ownerOf(file));
    }
    return owners.get(file) ?? told;
  };
}

/**
 * A wildcard does not match names that begin with a dot, and nobody who writes `**` means to leave out what lies in `.pnpm` or
 * `.yarn`: the dot is put aside on both sides.
 */
function plainDots(path: string): string {
  return path.replace(/(^|[\\/{,])\.(?=[^\\/.])/g, '$1\u2024');
}
