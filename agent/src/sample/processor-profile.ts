import type { RawFrame } from './call-sites.ts';
import type { StackGroup } from './frames.ts';
import type { MainSession } from './main-session.ts';

/** How often the profiler looks, and for how long in all. */
const INTERVAL_MICROSECONDS = 1000;
const DURATION_MS = 50;
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
  await session.post('Profiler.enable', {}, TIMEOUT_MS);
  try {
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS }, TIMEOUT_MS);
    await session.post('Profiler.start', {}, TIMEOUT_MS);
    await pause(DURATION_MS);
    const { profile } = await session.post<{ profile: { nodes: readonly ProfileNode[] } }>(
      'Profiler.stop',
      {},
      TIMEOUT_MS,
    );
    return stacksOf(profile.nodes);
  } finally {
    await session.post('Profiler.disable', {}, TIMEOUT_MS).catch(() => undefined);
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

function hottestLine({ positionTicks = [], callFrame }: ProfileNode): number {
  const [hottest] = [...positionTicks].sort((left, right) => right.ticks - left.ticks);
  return hottest?.line ?? callFrame.lineNumber + 1;
}
