import type { GarbageFacts } from '../../model/evidence.ts';
import type { BuiltInClassifier } from '../classification.ts';
import { innermost, lineToOpen, mainStack, placeName } from '../frames.ts';

/** Share of the main thread's time that goes to the collector where it, and not the code, is what holds everything up. */
const mostOfTheTime = 0.5;
/** From here on there is no doubt. A loop that makes objects and drops them again spends a tenth or two there. */
const nearlyAll = 0.6;
/** How full a heap is that can be cleared no further. */
const nearLimit = 0.85;

const rules: ReadonlySet<string> = new Set(['loop-blocked', 'operator-stalled', 'record-stuck']);

/**
 * The main thread hardly comes to execute its code: most of its time goes to the collector of garbage. Either the heap is nearly
 * full, or what is alive on it is so large that each walk through it takes long.
 */
export const gc: BuiltInClassifier = {
  name: 'gc',
  classify: ({ finding, evidence }) => {
    if (!rules.has(finding.rule)) return undefined;
    const garbage = evidence.findLast((piece) => piece.garbage !== null)?.garbage;
    if (garbage == null || garbage.share < mostOfTheTime) return undefined;
    const frames = mainStack(evidence, 'cpu');
    const inner = innermost(frames);
    return {
      category: 'resource',
      mechanism: 'gc',
      confidence: garbage.share >= nearlyAll || isNearLimit(garbage) ? 0.9 : 0.8,
      location: lineToOpen(frames),
      reasons: [
        `The collector of garbage takes ${Math.round(garbage.share * 100)} % of the main thread's time.`,
        heapSentence(garbage),
        ...(inner === undefined ? [] : [`In between, the main thread executes ${placeName(inner)}.`]),
      ],
    };
  },
};

function isNearLimit({ heapUsedBytes, heapLimitBytes }: GarbageFacts): boolean {
  return heapLimitBytes > 0 && heapUsedBytes >= heapLimitBytes * nearLimit;
}

function heapSentence(garbage: GarbageFacts): string {
  const used = `${megabytes(garbage.heapUsedBytes)} MB of the heap are in use`;
  if (garbage.heapLimitBytes === 0) return `${used}.`;
  const limit = megabytes(garbage.heapLimitBytes);
  return isNearLimit(garbage)
    ? `${used}, which is nearly its limit of ${limit} MB.`
    : `${used}, of ${limit} MB: not the limit makes it work, but how much is alive and how fast memory is asked for.`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
