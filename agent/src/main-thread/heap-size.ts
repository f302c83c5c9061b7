import { getHeapStatistics } from 'node:v8';

/** How full a heap is. */
export interface HeapSize {
  readonly usedBytes: number;
  /** Size at which V8 ends the process. */
  readonly limitBytes: number;
}

const OPTION = /--max[-_]old[-_]space[-_]size[= ](\d+)/g;

/**
 * How full the heap of this thread is; about 3 µs. V8 tells a limit that leaves room for what is new besides, up to some hundred
 * megabytes: where the program was given a limit, it ends at that one, because what fills a heap is old.
 */
export function heapSize(given: number | undefined = GIVEN_BYTES): HeapSize {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return { usedBytes, limitBytes: Math.min(limitBytes, given ?? limitBytes) };
}

/** The limit that options of the runtime give, in bytes; the last one counts. Undefined: none. */
export function givenLimit(options: string): number | undefined {
  const megabytes = Number([...options.matchAll(OPTION)].at(-1)?.[1] ?? 0);
  return megabytes > 0 ? megabytes * 1024 * 1024 : undefined;
}

const GIVEN_BYTES = givenLimit([process.env.NODE_OPTIONS ?? '', ...process.execArgv].join(' '));
