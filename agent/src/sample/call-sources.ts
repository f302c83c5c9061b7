import { LIMITS } from '@streamgauge/proto/limits';
import type { PoolFacts } from '../pool/pool-facts.ts';
import type { StackGroup } from './frames.ts';
import { generatorFrame, hiddenFrames, onlyAwait } from './hidden-await.ts';
import type { MainSession } from './main-session.ts';
import type { Located } from './operator-calls.ts';
import { type FunctionPlace, isInside } from './operator-place.ts';
import { LOOP_ANSWER_MS, type SamplerOptions, SOURCES_MS } from './sampling.ts';

/** How long sources are read at once by the thread that is also the clock, and of how many suspended calls. */
const SOURCES_SLICE_MS = 20;
const MAX_READ = 20;

/**
 * The suspended calls that are told of, with what their sources say. An operator that waits and is not among them, because it is not
 * alone in waiting or nobody can settle what it waits for, is put before them where its source leaves only one place.
 */
export async function withSources(
  session: MainSession,
  operatorId: number,
  { facts, places, calls, sources }: Located,
  pools: readonly PoolFacts[],
  { nowMs, pause }: SamplerOptions,
): Promise<StackGroup[]> {
  const groups: StackGroup[] = calls.slice(0, LIMITS.SAMPLES_PER_EVIDENCE);
  const dueMs = nowMs() + SOURCES_MS;
  if (facts?.promiseOutstanding === true && !groups.some(({ own }) => own)) {
    const hidden =
      (await generatorFrame(session, operatorId, facts, LOOP_ANSWER_MS)) ??
      onlyAwait(
        places.flatMap((place) => sources.awaitsOf(place)),
        pools,
      );
    const isSeen = (place: FunctionPlace) => groups.some(({ frames }) => frames.some((one) => isInside(one, [place])));
    const frames = hidden === undefined ? [] : hiddenFrames(hidden, sources, pools, isSeen);
    if (frames.length > 0) groups.unshift({ count: 1, frames, own: true, deduced: true });
  }
  const called = new Set(groups.some(({ own }) => own) ? [] : sources.calledBy(places, groups));
  const known: StackGroup[] = [];
  let sliceMs = nowMs();
  for (const group of groups) {
    if (nowMs() - sliceMs > SOURCES_SLICE_MS) {
      await pause(0);
      sliceMs = nowMs();
    }
    if (known.length >= MAX_READ || nowMs() >= dueMs) {
      known.push(group);
      continue;
    }
    const task = sources.taskOf(group, groups);
    known.push({
      ...group,
      called: called.has(group),
      awaited: sources.awaitedBy(group),
      task: task === undefined ? undefined : groups.indexOf(task),
    });
  }
  return known;
}
