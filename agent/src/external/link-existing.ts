import { tooDearToSearch } from '../sample/heap-budget.ts';
import { HELPER_EXPRESSION } from '../sample/main-helper.ts';
import type { MainSession } from '../sample/main-session.ts';

/** Pipes that were found, or why only new streams are followed. */
export type LinkedStreams = { readonly pipes: number } | { readonly missing: string };

const OBJECT_GROUP = 'streamgauge-streams';

/**
 * Lets an agent that has just been started follow the streams that were there before it. The price is a walk over the heap, so
 * it is estimated first. Rejects as the session does.
 */
export async function linkExistingStreams(session: MainSession, timeoutMs: number): Promise<LinkedStreams> {
  const tooDear = await tooDearToSearch(session);
  if (tooDear !== undefined) return { missing: `only new streams are followed: ${tooDear}` };
  const group = { objectGroup: OBJECT_GROUP, silent: true };
  try {
    const evaluate = (expression: string): Promise<{ result: { objectId: string } }> =>
      session.post('Runtime.evaluate', { expression, ...group }, timeoutMs);
    const prototype = await evaluate(`${HELPER_EXPRESSION}.emitterPrototype`);
    const { objects } = await session.post<{ objects: { objectId: string } }>(
      'Runtime.queryObjects',
      { prototypeObjectId: prototype.result.objectId, objectGroup: OBJECT_GROUP },
      timeoutMs,
    );
    const { result } = await session.post<{ result: { value?: number } }>(
      'Runtime.callFunctionOn',
      {
        functionDeclaration: `function () { return ${HELPER_EXPRESSION}.linkExisting(this); }`,
        objectId: objects.objectId,
        returnByValue: true,
        silent: true,
      },
      timeoutMs,
    );
    return { pipes: result.value ?? 0 };
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP }, timeoutMs).catch(() => undefined);
  }
}
