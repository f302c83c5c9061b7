import type { PoolFacts } from '../pool/pool-facts.ts';
import type { OwnAwait } from './await-sources.ts';
import type { RawFrame } from './call-sites.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';
import type { OperatorFacts } from './operator-place.ts';

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
