import type { RawFrame } from './call-sites.ts';
import type { StackGroup } from './frames.ts';
import type { MainSession } from './main-session.ts';

/** How often the profiler looks, and for how long in all. */
const INTERVAL_MICROSECONDS = 1000;
const DURATION_MS = 50;
/** What a line must have of the hits of the function's first line to be more than chance. */
const TELLING_SHARE = 0.1;
/** Starting and stopping costs the main thread 10 to 40 ms, more on a starved machine. */
const TIMEOUT_MS = 1000;

/** A node of V8's profile: one function in one chain of callers. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly hitCount?: number;
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/**
 * Stacks of the running code from a short CPU profile. Dearer than a single look, but it sees code in which V8 never stops
 * to answer, such as an async function that awaits settled promises for ever: there every look finds the task queue.
 * Columns are unknown. Rejects as the session does.
 */
export async function profileProcessor(
  session: MainSession,
  pause: (ms: number) => Promise<void>,
): Promise<StackGroup[]> {
  return stacksOf(await takeProfile(session, pause, DURATION_MS, TIMEOUT_MS));
}

/**
 * Share of the main thread's time in which it collects garbage, 0 to 1; undefined when the profiler has seen nothing of it.
 * Rejects as the session does.
 */
export async function garbageShare(
  session: MainSession,
  pause: (ms: number) => Promise<void>,
  { durationMs, timeoutMs }: { readonly durationMs: number; readonly timeoutMs: number },
): Promise<number | undefined> {
  return garbageShareOf(await takeProfile(session, pause, durationMs, timeoutMs));
}

/** The same of a profile. An event loop that waits counts as time, because the collector leaves it the time to wait. Pure. */
export function garbageShareOf(nodes: readonly ProfileNode[]): number | undefined {
  let [all, collecting] = [0, 0];
  for (const { callFrame, hitCount = 0 } of nodes) {
    all += hitCount;
    if (callFrame.url === '' && callFrame.functionName === '(garbage collector)') collecting += hitCount;
  }
  return all === 0 ? undefined : collecting / all;
}

async function takeProfile(
  session: MainSession,
  pause: (ms: number) => Promise<void>,
  durationMs: number,
  timeoutMs: number,
): Promise<readonly ProfileNode[]> {
  await session.post('Profiler.enable', {}, timeoutMs);
  try {
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS }, timeoutMs);
    await session.post('Profiler.start', {}, timeoutMs);
    await pause(durationMs);
    const { profile } = await session.post<{ profile: { nodes: readonly ProfileNode[] } }>(
      'Profiler.stop',
      {},
      timeoutMs,
    );
    return profile.nodes;
  } finally {
    await session.post('Profiler.disable', {}, timeoutMs).catch(() => undefined);
  }
}

/** The stacks that were hit, most frequent first. Pure. */
export function stacksOf(nodes: readonly ProfileNode[]): StackGroup[] {
  const parents = new Map<number, ProfileNode>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const groups: StackGroup[] = [];
  for (const node of nodes) {
    const count = node.hitCount ?? 0;
    if (count === 0 || isPseudo(node)) continue;
    const frames: RawFrame[] = [];
    for (let at: ProfileNode | undefined = node; at !== undefined && !isPseudo(at); at = parents.get(at.id)) {
      const { functionName, url, lineNumber } = at.callFrame;
      frames.push([functionName, url, at === node ? hottestLine(at) : lineNumber + 1, 0]);
    }
    groups.push({ count, frames });
  }
  return groups.sort((left, right) => right.count - left.count);
}

/** "(root)", "(program)", "(idle)": what the profiler names that is no function. */
function isPseudo({ callFrame }: ProfileNode): boolean {
  return callFrame.url === '' && /^\((root|program|idle)\)$/.test(callFrame.functionName);
}

/**
 * The line that was hit most. To go on with a suspended function counts as its first line, which says nothing where a line behind it
 * was hit as well.
 */
function hottestLine({ positionTicks = [], callFrame }: ProfileNode): number {
  const firstLine = callFrame.lineNumber + 1;
  const [hottest, second] = [...positionTicks].sort((left, right) => right.ticks - left.ticks);
  if (hottest === undefined) return firstLine;
  const telling = second !== undefined && second.ticks >= hottest.ticks * TELLING_SHARE;
  return hottest.line === firstLine && telling ? second.line : hottest.line;
}
