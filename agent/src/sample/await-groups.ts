import { combinatorOf, type RawFrame, rawFrame } from './call-sites.ts';

/** Equal stacks of suspended asynchronous functions. */
export interface AwaitGroup {
  readonly count: number;
  /** Innermost first. */
  readonly frames: readonly RawFrame[];
  /** For each frame the number of a promise that it waits for in one of them, among those that were looked at; -1: none was. */
  readonly chain: readonly number[];
}

/** Puts equal stacks together. */
export interface AwaitGroups {
  /** Takes what V8 has given for the promise of that number; frames that are not suspended are left out. */
  add(sites: readonly NodeJS.CallSite[], promise: number): void;
  /** How many stacks were different from all others and found no room. */
  readonly dropped: number;
  /** Most frequent first. A stack that is the tail of another one is left out: a function that awaits its callee is in its stack. */
  innermost(): AwaitGroup[];
}

/** How many pending members of a Promise.all are named. */
const MAX_MEMBERS = 5;
/** How many different stacks are kept: they are compared with each other in one go. */
const MAX_STACKS = 1000;

/** Groups without any stack. */
export function createAwaitGroups(): AwaitGroups {
  interface Growing {
    count: number;
    readonly frames: RawFrame[];
    readonly example: number;
    /** Members of a Promise.all that are pending, by the frame of it. */
    readonly members: Map<number, Set<number>>;
  }
  const groups = new Map<string, Growing>();
  let dropped = 0;

  return {
    get dropped() {
      return dropped;
    },
    add(all, promise) {
      const sites = all.filter((site) => site.isAsync());
      if (sites.length === 0) return;
      const frames = sites.map(rawFrame);
      const key = frames.map(keyOf).join('\n');
      const group = groups.get(key) ?? { count: 0, frames, example: promise, members: new Map<number, Set<number>>() };
      if (group.count === 0 && groups.size === MAX_STACKS) {
        dropped += 1;
        return;
      }
      groups.set(key, group);
      group.count += 1;
      for (const [index, site] of sites.entries()) {
        const member = combinatorOf(site) === undefined ? null : site.getPromiseIndex();
        if (member === null) continue;
        const members = group.members.get(index);
        if (members === undefined) group.members.set(index, new Set([member]));
        else members.add(member);
      }
    },
    innermost() {
      const tails = new Set<string>();
      for (const key of groups.keys()) {
        for (const tail of tailsOf(key).slice(1)) tails.add(tail);
      }
      return [...groups]
        .filter(([key]) => !tails.has(key))
        .map(([key, { count, frames, members }]) => ({
          count,
          chain: tailsOf(key).map((tail) => groups.get(tail)?.example ?? -1),
          frames: frames.map((frame, index) => withMembers(frame, members.get(index))),
        }))
        .sort((left, right) => right.count - left.count);
    },
  };
}

/** "Promise.all (index 2)": the members of it that are pending. */
function withMembers(frame: RawFrame, members: ReadonlySet<number> | undefined): RawFrame {
  if (members === undefined) return frame;
  const [name, ...place] = frame;
  const sorted = [...members].sort((left, right) => left - right);
  const named = sorted.slice(0, MAX_MEMBERS).join(', ');
  const rest = sorted.length > MAX_MEMBERS ? ` and ${sorted.length - MAX_MEMBERS} more` : '';
  return [`${name} (index ${named}${rest})`, ...place];
}

/** The key of a stack, and those of the same stack without its innermost frames. */
function tailsOf(key: string): string[] {
  const tails = [key];
  for (let at = key.indexOf('\n'); at >= 0; at = key.indexOf('\n', at + 1)) tails.push(key.slice(at + 1));
  return tails;
}

function keyOf([name, file, line, column]: RawFrame): string {
  return `${name} ${file}:${line}:${column}`;
}
