import type { UntestedPackage } from '../load/tested-versions.ts';
import type { Log } from '../log.ts';

/** Lines that are said at most; a process does not have that many packages. */
const MAX_LINES = 100;

/** Says of each version of a package once that it is left alone, whichever thread has loaded it. */
export function createUntestedLog(log: Log): (untested: UntestedPackage) => void {
  const said = new Set<string>();
  return ({ name, version, tested }) => {
    const key = `${name} ${version}`;
    if (said.has(key) || said.size >= MAX_LINES) return;
    said.add(key);
    const majors = `${tested.length === 1 ? 'version' : 'versions'} ${tested.join(', ')}`;
    log.error(`${key} is left alone: the agent is tested with ${majors}.`);
  };
}
