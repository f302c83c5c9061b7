import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';

const OBJECT_GROUP = 'streamgauge-debugger';
/** The first times that V8 compiles a text it does not keep the outcome. */
const COMPILATIONS = 4;
/** A text that nobody else compiles. The runtime's own words, so that it means the same whatever the program has put in their place. */
const TEXT = "(0, eval)('(function streamgaugeCompiled() {})')";

/**
 * Whether a debugger may be at work in the main thread, be it that of a person, over the inspector's port, or a part of the
 * program itself: what is asked of V8's debugger by one session is set for all of them, and would be reset for the other one.
 * Of the first it is enough that the port listens. The second shows nowhere, but by this: while V8 debugs, it compiles the same
 * text anew each time, as a script of its own. Where the program may compile no text the answer is yes. Rejects as the session does.
 */
export async function mayBeDebugged(session: MainSession, timeoutMs: number): Promise<boolean> {
  if (await listens(session, timeoutMs)) return true;
  try {
    let [before, last] = ['', ''];
    for (let count = 0; count < COMPILATIONS; count++) {
      [before, last] = [last, await compile(session, timeoutMs)];
    }
    return last === '' || last !== before;
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP }, timeoutMs).catch(() => undefined);
  }
}

/** Whether the inspector's port is open, so that a person may attach a debugger. */
export async function listens(session: MainSession, timeoutMs: number): Promise<boolean> {
  return (await session.evaluate<boolean | undefined>(`${HELPER_EXPRESSION}.debuggerListens()`, timeoutMs)) !== false;
}

/** Number of the script that V8 has made of the text; empty: it may not be compiled. */
async function compile(session: MainSession, timeoutMs: number): Promise<string> {
  const { result } = await session.post<{ result: { readonly objectId?: string; readonly type?: string } }>(
    'Runtime.evaluate',
    { expression: TEXT, objectGroup: OBJECT_GROUP, silent: true },
    timeoutMs,
  );
  if (result.type !== 'function' || result.objectId === undefined) return '';
  const { internalProperties = [] } = await session.post<{
    internalProperties?: readonly {
      readonly name: string;
      readonly value?: { readonly value?: { readonly scriptId?: string } };
    }[];
  }>('Runtime.getProperties', { objectId: result.objectId, ownProperties: true }, timeoutMs);
  return internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value?.scriptId ?? '';
}
