import type { AwaitStacks } from './await-walk.ts';
import { HEAP_BUDGET, type HeapBudget, tooDearToSearch } from './heap-budget.ts';
import { HELPER_EXPRESSION } from './main-helper.ts';
import type { MainSession } from './main-session.ts';

/** Outcome of an await dump: the stacks, or why there are none. */
export type AwaitDump = { readonly stacks: AwaitStacks } | { readonly missing: string };

export interface AwaitDumpOptions {
  /** Default: HEAP_BUDGET. */
  readonly budget?: HeapBudget;
  /** Expression of an object that has `awaitStacks`, where no agent runs. Default: that of the agent. */
  readonly probe?: string;
  /** Told before the main thread is stopped by the search, and after. */
  readonly onStop?: (stopped: boolean) => void;
  /** What is to be done while the promises are still at hand. Those that are kept are kept until the session ends. */
  readonly meanwhile?: (stacks: AwaitStacks, keep: KeepPromises) => Promise<void>;
}

export type KeepPromises = (numbers: readonly number[]) => Promise<KeptPromises>;

/** A few promises that were pending. */
export interface KeptPromises {
  /** For each whether it is settled now; false where there was none of that number. */
  settled(): Promise<boolean[]>;
  /** The same of the first one. */
  innermostSettled(): Promise<boolean>;
}

/** How long one answer may take, most of it the main thread's own work: a multiple of the pause that is allowed, on a busy machine. */
const TIMEOUT_MS = 5000;
const TIMEOUT_PER_PAUSE = 5;
const LONGEST_TIMEOUT_MS = 300_000;
const OBJECT_GROUP = 'streamgauge-awaits';
/** Not released with the others. */
const KEPT_GROUP = 'streamgauge-kept';
const MAX_KEPT = 10;
/** Not the global of that name: the user may have put another one in its place. */
const PROMISE_PROTOTYPE = 'Object.getPrototypeOf((async () => {})())';

/**
 * Finds every suspended asynchronous function of the main thread. Nothing has to be enabled before; the price is one search of
 * the heap, which cannot be cut into slices, so it is estimated first. Rejects as the session does.
 */
export async function dumpAwaits(session: MainSession, options: AwaitDumpOptions = {}): Promise<AwaitDump> {
  const { budget = HEAP_BUDGET, probe = HELPER_EXPRESSION, onStop, meanwhile } = options;
  onStop?.(true);
  try {
    const tooDear = await tooDearToSearch(session, budget);
    if (tooDear !== undefined) return { missing: `await stacks: ${tooDear}` };
    const timeoutMs = Math.min(LONGEST_TIMEOUT_MS, Math.max(TIMEOUT_MS, TIMEOUT_PER_PAUSE * budget.pauseMs));
    const stacks = await walkPromises(session, probe, timeoutMs, (walked, keep) => {
      // The main thread is its own again: what holds it up from now on is not the search.
      onStop?.(false);
      return meanwhile?.(walked, keep) ?? Promise.resolve();
    });
    return stacks === undefined ? { missing: 'await stacks: the main thread could not walk its promises' } : { stacks };
  } finally {
    onStop?.(false);
  }
}

/** The promises of the heap, each asked who waits for it. */
async function walkPromises(
  session: MainSession,
  probe: string,
  timeoutMs: number,
  meanwhile: NonNullable<AwaitDumpOptions['meanwhile']>,
): Promise<AwaitStacks | undefined> {
  try {
    const walker = await reference(session, probe);
    const { objects } = await session.post<{ objects: { objectId: string } }>(
      'Runtime.queryObjects',
      { prototypeObjectId: await reference(session, PROMISE_PROTOTYPE), objectGroup: OBJECT_GROUP },
      timeoutMs,
    );
    const answer = await session.post<WalkAnswer>(
      'Runtime.callFunctionOn',
      {
        functionDeclaration: 'function (probe) { return probe.awaitStacks(this); }',
        objectId: objects.objectId,
        arguments: [{ objectId: walker }],
        awaitPromise: true,
        returnByValue: true,
        silent: true,
      },
      timeoutMs,
    );
    const stacks = answer.exceptionDetails === undefined ? answer.result.value : undefined;
    if (stacks !== undefined) await meanwhile(stacks, (numbers) => keepPromises(session, objects.objectId, numbers));
    return stacks;
  } finally {
    await session.post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP }, TIMEOUT_MS).catch(() => undefined);
  }
}

/** They are asked of V8, which looks at a promise without taking part in it. */
async function keepPromises(session: MainSession, promises: string, numbers: readonly number[]): Promise<KeptPromises> {
  const kept: (string | undefined)[] = [];
  for (const index of numbers.slice(0, MAX_KEPT)) {
    kept.push(index < 0 ? undefined : await memberOf(session, promises, index));
  }
  const isSettled = async (objectId: string | undefined): Promise<boolean> =>
    objectId !== undefined && !(await isPending(session, objectId));
  return { settled: () => Promise.all(kept.map(isSettled)), innermostSettled: () => isSettled(kept[0]) };
}

async function memberOf(session: MainSession, list: string, index: number): Promise<string> {
  const { result } = await session.post<{ result: { objectId: string } }>(
    'Runtime.callFunctionOn',
    {
      functionDeclaration: 'function (index) { return this[index]; }',
      objectId: list,
      arguments: [{ value: index }],
      objectGroup: KEPT_GROUP,
    },
    TIMEOUT_MS,
  );
  return result.objectId;
}

async function isPending(session: MainSession, objectId: string): Promise<boolean> {
  const { internalProperties = [] } = await session.post<{
    internalProperties?: readonly { readonly name: string; readonly value?: { readonly value?: unknown } }[];
  }>('Runtime.getProperties', { objectId, ownProperties: true }, TIMEOUT_MS);
  return internalProperties.find(({ name }) => name === '[[PromiseState]]')?.value?.value === 'pending';
}

interface WalkAnswer {
  readonly result: { readonly value?: AwaitStacks };
  readonly exceptionDetails?: unknown;
}

async function reference(session: MainSession, expression: string): Promise<string> {
  const { result } = await session.post<{ result: { objectId: string } }>(
    'Runtime.evaluate',
    { expression, objectGroup: OBJECT_GROUP, silent: true },
    TIMEOUT_MS,
  );
  return result.objectId;
}
