import type { AwaitStacks } from './await-walk.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';

/** Outcome of an await dump: the stacks, or why there are none. */
export type AwaitDump = { readonly stacks: AwaitStacks } | { readonly missing: string };

/** How long an await dump may stop the main thread. */
export interface AwaitDumpBudget {
  readonly pauseMs: number;
  /** What looking through a megabyte of heap for promises costs: 7 to 9 ms, measured on Node.js 20 to 26. */
  readonly msPerMegabyte: number;
}

/** Half a second, once per stall, is a fair price for its cause. */
export const AWAIT_DUMP_BUDGET: AwaitDumpBudget = { pauseMs: 500, msPerMegabyte: 8 };

/** How long the whole dump may take; most of it is the main thread's own work in between. */
const TIMEOUT_MS = 5000;
const OBJECT_GROUP = 'streamgauge-awaits';
/** Not the global of that name: the user may have put another one in its place. */
const PROMISE_PROTOTYPE = 'Object.getPrototypeOf((async () => {})())';

/**
 * Finds every suspended asynchronous function of the main thread. Nothing has to be enabled before; the price is one walk
 * over the heap, so it is estimated first. Rejects as the session does.
 *
 * @param probe Expression of the object that has `awaitStacks`: that of the running agent, or the text of a probe.
 */
export async function dumpAwaits(
  session: MainSession,
  budget: AwaitDumpBudget = AWAIT_DUMP_BUDGET,
  probe: string = HELPER_EXPRESSION,
): Promise<AwaitDump> {
  const tooDear = await tooDearToWalk(session, budget);
  if (tooDear !== undefined) return { missing: `await stacks: ${tooDear}` };
  try {
    const walker = await reference(session, probe);
    const { objects } = await session.post<{ objects: { objectId: string } }>(
      'Runtime.queryObjects',
      { prototypeObjectId: await reference(session, PROMISE_PROTOTYPE), objectGroup: OBJECT_GROUP },
      TIMEOUT_MS,
    );
    const answer = await session.post<{ result: { value?: AwaitStacks }; exceptionDetails?: unknown }>(
      'Runtime.callFunctionOn',
      {
        functionDeclaration: 'function (probe) { return probe.awaitStacks(this); }',
        objectId: objects.objectId,
        arguments: [{ objectId: walker }],
        awaitPromise: true,
        returnByValue: true,
        silent: true,
      },
      TIMEOUT_MS,
    );
    const stacks = answer.result.value;
    if (answer.exceptionDetails !== undefined || stacks === undefined) {
      return { missing: 'await stacks: the main thread could not walk its promises' };
    }
    return { stacks };
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP }, TIMEOUT_MS).catch(() => undefined);
  }
}

/** Why looking through the heap would stop the worker for longer than allowed; undefined when it would not. */
export async function tooDearToWalk(
  session: MainSession,
  budget: AwaitDumpBudget = AWAIT_DUMP_BUDGET,
): Promise<string | undefined> {
  const { usedSize } = await session.post<{ usedSize: number }>('Runtime.getHeapUsage', {}, TIMEOUT_MS);
  const megabytes = usedSize / 1024 / 1024;
  const pauseMs = megabytes * budget.msPerMegabyte;
  if (pauseMs <= budget.pauseMs) return undefined;
  return `a heap of ${Math.round(megabytes)} MB would stop the worker for about ${Math.round(pauseMs)} ms, more than the ${budget.pauseMs} ms allowed`;
}

async function reference(session: MainSession, expression: string): Promise<string> {
  const { result } = await session.post<{ result: { objectId: string } }>(
    'Runtime.evaluate',
    { expression, objectGroup: OBJECT_GROUP, silent: true },
    TIMEOUT_MS,
  );
  return result.objectId;
}
