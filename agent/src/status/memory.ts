import { getHeapStatistics } from 'node:v8';
import type { JsonObject } from '@streamgauge/proto';
import type { Section, StatusFacts } from './section.ts';

/** Memory of the process, of the main thread's heap and of the agent's own. */
export const memory: Section = {
  name: 'memory',
  version: 1,
  ofMain: 'memory beside the heap, and the spaces of the heap',
  body: (facts) => {
    const own = getHeapStatistics();
    return {
      residentBytes: process.memoryUsage.rss(),
      mainHeap: mainHeap(facts),
      agentHeap: { usedBytes: own.used_heap_size, sizeBytes: own.total_heap_size, limitBytes: own.heap_size_limit },
    };
  },
};

/** While the main thread is blocked, its heap as it was at its last sign of life. */
function mainHeap({ main, loop }: StatusFacts): JsonObject {
  if (main !== undefined)
    return { ...main.heap, spaces: main.heap.spaces.flatMap((space) => (space.sizeBytes > 0 ? { ...space } : [])) };
  return { usedBytes: loop.heapUsedBytes, limitBytes: loop.heapLimitBytes };
}
