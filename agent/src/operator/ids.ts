/** Counters of the process, from which every thread takes the numbers of its operators, edges and ports. */
export type IdMemory = SharedArrayBuffer;

const KINDS = { operator: 0, edge: 1, port: 2 } as const;

/** Hands out numbers that no other thread of the process has, and that never come back. */
export interface Ids {
  next(kind: keyof typeof KINDS): number;
}

export function createIdMemory(): IdMemory {
  return new SharedArrayBuffer(Object.keys(KINDS).length * Int32Array.BYTES_PER_ELEMENT);
}

/** Whether something that came from another thread can be counted on. */
export function isIdMemory(value: unknown): value is IdMemory {
  return value instanceof SharedArrayBuffer && value.byteLength === createIdMemory().byteLength;
}

export function openIds(memory: IdMemory = createIdMemory()): Ids {
  const counters = new Int32Array(memory);
  return { next: (kind) => Atomics.add(counters, KINDS[kind], 1) + 1 };
}
