import type { PoolFacts } from '../pool/pool-facts.ts';
import type { AwaitSources, OwnAwait } from './await-sources.ts';
import type { RawFrame } from './call-sites.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import type { FunctionPlace, OperatorFacts } from './operator-place.ts';

/** What the runtime settles by itself, and what it lets nobody else wait for: a function that awaits it is seen. */
const SEEN = /^node:(?:timers|fs)(?:\/promises)?$/;
/** Names of methods that take from a pool. */
const TAKES = /(?:^|\.)(?:acquire|borrow|checkout|connect|getConnection|use|query|execute|request)$/;

/**
 * Where the function of an operator is suspended of which no stack was seen: the only place that is left. A function that awaits
 * something for which others wait too, or which nobody can settle any more, is not found on the heap.
 */
export function onlyAwait(awaits: readonly OwnAwait[], pools: readonly PoolFacts[]): RawFrame | undefined {
  const possible = awaits.filter(({ call }) => !SEEN.test(call.module));
  if (possible.length <= 1) return possible[0]?.frame;
  // Somebody waits for a pool: it is whoever takes from one.
  const kinds = pools.filter(({ waiting }) => waiting > 0).map(({ kind }) => kind);
  const takers = possible.filter(({ call }) => kinds.includes(call.module) && TAKES.test(call.callee));
  return takers.length === 1 ? takers[0]?.frame : undefined;
}

/** How many functions may call each other. */
const MAX_DEPTH = 5;

/**
 * The same with the functions that it calls, as long as each of them is asynchronous, none has been seen and only one place is left in
 * it. Innermost first.
 *
 * @param isSeen whether a stack was found that begins in a function
 */
export function hiddenFrames(
  first: RawFrame,
  sources: AwaitSources,
  pools: readonly PoolFacts[],
  isSeen: (place: FunctionPlace) => boolean,
): RawFrame[] {
  const frames = [first];
  while (frames.length < MAX_DEPTH) {
    const place = sources.calledAt(frames[0] as RawFrame);
    if (place === undefined || isSeen(place)) break;
    const next = onlyAwait(sources.awaitsOf(place), pools);
    if (next === undefined || frames.some((frame) => frame[1] === next[1] && frame[2] === next[2])) break;
    frames.unshift(next);
  }
  return frames;
}

/** Where the generator of an operator is suspended, which V8 tells without a search; undefined: it has none. */
export async function generatorFrame(
  session: MainSession,
  operatorId: number,
  { places: [place] }: OperatorFacts,
  timeoutMs: number,
): Promise<RawFrame | undefined> {
  if (place === undefined) return undefined;
  const objectGroup = 'streamgauge-generator';
  try {
    const { result } = await session.post<{ result: { objectId?: string } }>(
      'Runtime.evaluate',
      { expression: `${HELPER_EXPRESSION}.generatorOf(${operatorId})`, objectGroup, silent: true },
      timeoutMs,
    );
    if (result.objectId === undefined) return undefined;
    const { internalProperties = [] } = await session.post<Properties>(
      'Runtime.getProperties',
      { objectId: result.objectId, ownProperties: true },
      timeoutMs,
    );
    const at = internalProperties.find(({ name }) => name === '[[GeneratorLocation]]')?.value?.value;
    if (at === undefined) return undefined;
    return [place.location.function, place.location.file, at.lineNumber + 1, at.columnNumber + 1];
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup }, timeoutMs).catch(() => undefined);
  }
}

interface Properties {
  readonly internalProperties?: readonly {
    readonly name: string;
    readonly value?: { readonly value?: { readonly lineNumber: number; readonly columnNumber: number } };
  }[];
}
