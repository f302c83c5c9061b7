import type { SourceLocation } from '../thread/messages.ts';
import type { AwaitGroup } from './await-groups.ts';
import { type AwaitSources, createAwaitSources } from './await-sources.ts';
import type { RawFrame } from './call-sites.ts';
import { plainFile, type StackGroup } from './frames.ts';
import type { MainSession } from './main-session.ts';
import { type FunctionPlace, findOperator, isInside, type OperatorFacts } from './operator-place.ts';
import { LOOP_ANSWER_MS, type SamplerOptions, SOURCES_MS } from './sampling.ts';
import { createSourceReader } from './source-files.ts';

/** A suspended call as it is told. */
export type SuspendedCall = AwaitGroup & StackGroup;

/** The operator that evidence is taken for, and the suspended calls with its own first. */
export interface Located {
  readonly facts: OperatorFacts | undefined;
  /** Its functions, and those whose promises they give on as their own. */
  readonly places: readonly FunctionPlace[];
  readonly sources: AwaitSources;
  readonly calls: readonly SuspendedCall[];
}

/** Finds the operator's functions, and so which of the suspended calls are its own. Rejects as the session does. */
export async function locateCalls(
  session: MainSession,
  options: SamplerOptions,
  operatorId: number,
  groups: readonly AwaitGroup[],
): Promise<Located> {
  const callSite = options.suspects().find(({ id }) => id === operatorId)?.location;
  const files = groups.flatMap(({ frames }) => frames.map(fileOf));
  if (callSite !== undefined) files.unshift(callSite.file);
  const search = { files, thorough: true, timeoutMs: LOOP_ANSWER_MS, nowMs: options.nowMs };
  const facts = operatorId === 0 ? undefined : await findOperator(session, operatorId, search);
  const sources = createAwaitSources(createSourceReader(options.nowMs, SOURCES_MS), options.agentFolder);
  const found = facts?.places ?? [];
  const places = [...found, ...found.flatMap((place) => sources.givenOn(place) ?? [])];
  const calls = operatorsFirst(groups, places, callSite).map((group) => ({ ...group, own: passes(group, places) }));
  return { facts, places, sources, calls };
}

function passes({ frames }: Pick<SuspendedCall, 'frames'>, places: readonly FunctionPlace[]): boolean {
  return frames.some((frame) => isInside(frame, places));
}

/**
 * The operator's own suspended call; undefined: none passes through its functions. Where these are not known, such as when no file
 * can be opened any more, it is the most likely one, which the monitor knows to be uncertain.
 */
export function ownCall(located: Located): SuspendedCall | undefined {
  const [first] = located.calls;
  return first !== undefined && isOwn(first, located) ? first : undefined;
}

/** Whether it has one call at a time: of several another one may come on than the one that stands. */
function isAlone(located: Located): boolean {
  if (located.places.length === 0) return true;
  return located.calls.reduce((sum, call) => sum + (isOwn(call, located) ? call.count : 0), 0) <= 1;
}

function isOwn(call: Pick<SuspendedCall, 'frames'>, { facts, places }: Located): boolean {
  if (places.length > 0) return passes(call, places);
  return (
    facts !== undefined && call.frames.some(([name, file]) => name !== '' && file !== '' && !file.startsWith('node:'))
  );
}

/**
 * The operator's own call with what is known of it after a moment.
 *
 * @param came for each of its frames whether what it awaited has come, or is so young that what it awaited before must have
 */
export function afterMoment(located: Located, came: readonly boolean[]): Located {
  const own = ownCall(located);
  if (own === undefined || !isAlone(located)) return located;
  const settled = came[0] === true;
  return {
    ...located,
    calls: [{ ...own, settled, turningFrame: settled ? came.lastIndexOf(true) + 1 : 0 }, ...located.calls.slice(1)],
  };
}

/**
 * The calls with those of promises that were made a moment ago: what the search of the heap cannot find is a call that does
 * not stay at one promise for as long as the search takes. Of the operator's own call it has found the outer part, or nothing; one
 * that is found again at the same place may be that of another record.
 */
export function withYoung(located: Located, young: readonly AwaitGroup[]): Located {
  const known = ownCall(located)?.frames ?? [];
  const inside = young.filter(
    (group) => isOwn(group, located) && group.frames.length > known.length && isTail(known, group.frames),
  );
  const [deepest] = inside.sort((left, right) => right.frames.length - left.frames.length);
  if (deepest === undefined || !isAlone(located)) return located;
  const rest = located.calls.filter(({ frames }) => !isTail(frames, deepest.frames));
  return afterMoment(
    { ...located, calls: [{ ...deepest, own: passes(deepest, located.places) }, ...rest] },
    deepest.chain.map((promise) => promise >= 0),
  );
}

function isTail(frames: readonly RawFrame[], of: readonly RawFrame[]): boolean {
  return frames.length === 0 || JSON.stringify(of.slice(-frames.length)) === JSON.stringify(frames);
}

const fileOf = (frame: RawFrame): string => frame[1];

/**
 * Stacks that pass through the operator's functions, then those of the same file, then others of somebody's code, then the
 * runtime's own; each in its old order.
 */
export function operatorsFirst<Group extends StackGroup>(
  groups: readonly Group[],
  places: readonly FunctionPlace[],
  callSite: SourceLocation | undefined,
): Group[] {
  const own = new Set(places.map(({ location }) => location.file));
  if (callSite !== undefined) own.add(plainFile(callSite.file));
  const rank = ({ frames }: StackGroup): number => {
    if (frames.some((frame) => isInside(frame, places))) return 0;
    if (frames.some((frame) => own.has(plainFile(fileOf(frame))))) return 1;
    return frames.some((frame) => fileOf(frame) !== '' && !fileOf(frame).startsWith('node:')) ? 2 : 3;
  };
  return groups
    .map((group) => ({ group, rank: rank(group) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ group }) => group);
}
