import { createRequire } from 'node:module';
import type { RecordNow } from '../tracker.ts';
import { heapSize } from './heap-size.ts';

/** What only the main thread can tell of itself, at one moment. */
export interface MainFacts {
  readonly heap: {
    readonly usedBytes: number;
    readonly sizeBytes: number;
    readonly limitBytes: number;
    readonly externalBytes: number;
    readonly arrayBuffersBytes: number;
    readonly spaces: readonly { readonly name: string; readonly usedBytes: number; readonly sizeBytes: number }[];
  };
  /** Cumulative since the event loop began. */
  readonly loop: { readonly activeMs: number; readonly idleMs: number };
  /** What keeps the event loop alive, counted by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Of those in flight, the oldest. */
  readonly records: readonly RecordFacts[];
  /** Undefined: nobody asked for it. */
  readonly garbage: GarbageFacts | undefined;
}

/** A record that has been begun and not completed. */
export interface RecordFacts {
  readonly operator: string;
  readonly key: string;
  readonly ageMs: number;
}

/** Collections of garbage while they were watched. */
export interface GarbageFacts {
  readonly observedMs: number;
  readonly pausedMs: number;
  /** How many, by kind. */
  readonly collections: Readonly<Record<string, number>>;
}

/** How many kinds of resources are counted. */
const MAX_KINDS = 30;

/**
 * Looks at this thread, on request. Nothing of it is loaded or watched before: a worker that is never asked pays nothing.
 * @param garbageMs How long collections of garbage are watched; 0: not at all.
 */
export async function takeMainFacts(
  records: (limit: number) => readonly RecordNow[],
  nowMs: () => number,
  garbageMs: number,
): Promise<MainFacts> {
  const modules = createRequire(import.meta.url);
  const { PerformanceObserver, constants, performance } = modules(
    'node:perf_hooks',
  ) as typeof import('node:perf_hooks');
  const { getHeapSpaceStatistics } = modules('node:v8') as typeof import('node:v8');
  const garbage = garbageMs > 0 ? await watchGarbage(garbageMs) : undefined;
  const { heapTotal, external, arrayBuffers } = process.memoryUsage();
  const { active, idle } = performance.eventLoopUtilization();
  const atMs = nowMs();
  return {
    heap: {
      ...heapSize(),
      sizeBytes: heapTotal,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
      spaces: getHeapSpaceStatistics().map(
        ({ space_name: name, space_used_size: usedBytes, space_size: sizeBytes }) => ({
          name,
          usedBytes,
          sizeBytes,
        }),
      ),
    },
    loop: { activeMs: active, idleMs: idle },
    resources: countKinds(process.getActiveResourcesInfo()),
    records: records(MAX_RECORDS).map(({ operator, key, sinceMs }) => ({
      operator,
      key,
      ageMs: Math.max(0, atMs - sinceMs),
    })),
    garbage,
  };

  async function watchGarbage(durationMs: number): Promise<GarbageFacts> {
    const collections: Record<string, number> = {};
    let pausedMs = 0;
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    const startMs = performance.now();
    observer.observe({ entryTypes: ['gc'] });
    await new Promise<void>((resolve) => {
      // Whoever asked must not keep a process alive that has nothing left to do.
      setTimeout(resolve, durationMs).unref();
    });
    take(observer.takeRecords());
    observer.disconnect();
    return { observedMs: performance.now() - startMs, pausedMs, collections };

    function take(entries: readonly { readonly duration: number; readonly detail?: unknown }[]): void {
      for (const { duration, detail } of entries) {
        const kind = KINDS.find((name) => constants[name] === (detail as { kind?: number } | undefined)?.kind);
        const word = kind === undefined ? 'other' : kind.slice(KIND_PREFIX.length).toLowerCase();
        collections[word] = (collections[word] ?? 0) + 1;
        pausedMs += duration;
      }
    }
  }
}

/** How many records are told. */
const MAX_RECORDS = 50;

const KIND_PREFIX = 'NODE_PERFORMANCE_GC_';
const KINDS = [
  'NODE_PERFORMANCE_GC_MAJOR',
  'NODE_PERFORMANCE_GC_MINOR',
  'NODE_PERFORMANCE_GC_INCREMENTAL',
  'NODE_PERFORMANCE_GC_WEAKCB',
] as const;

/** The runtime names equal ones one after the other: a hundred thousand timers are compared, and looked up once. */
function countKinds(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start < names.length; ) {
    const name = names[start] as string;
    let end = start + 1;
    while (names[end] === name) end++;
    if (counts.has(name) || counts.size < MAX_KINDS) counts.set(name, (counts.get(name) ?? 0) + end - start);
    start = end;
  }
  return Object.fromEntries(counts);
}
