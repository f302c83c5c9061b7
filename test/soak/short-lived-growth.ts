import { spreadOf } from '../bench/figures.ts';

/** What is left after one slot of a storm, when it is over and the garbage is collected. */
export interface Slot {
  readonly slot: number;
  readonly kind: string;
  /** In one unit. */
  readonly streams: number;
  readonly units: number;
  /** Of processor, for one unit. */
  readonly microseconds: number;
  readonly streamsPerSecond: number;
  readonly open: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly handles: number;
  /** In the newest report. */
  readonly operators: number;
}

export interface Growth {
  readonly heapMiB: number;
  /** The most that were there after a rest. */
  readonly operators: number;
  readonly handles: number;
  /** A sentence each; empty: nothing grows. */
  readonly faults: readonly string[];
}

/**
 * V8 keeps code and feedback that it makes in the first minutes; a leak of one byte in a hundred for each stream is more than that
 * within a minute.
 */
const HEAP_TOLERANCE_MIB = 1;
const RESIDENT_TOLERANCE_MIB = 48;

/** Compares the last third of the slots with the second one: the first is that of the compiler. */
export function growthOf(slots: readonly Slot[]): Growth {
  const third = Math.floor(slots.length / 3);
  const early = slots.slice(third, 2 * third);
  const late = slots.slice(2 * third);
  const grown = (of: (slot: Slot) => number): number => spreadOf(late.map(of)).value - spreadOf(early.map(of)).value;
  const heapMiB = grown(({ heapBytes }) => heapBytes) / 2 ** 20;
  const residentMiB = grown(({ rssBytes }) => rssBytes) / 2 ** 20;
  const handles = grown((slot) => slot.handles);
  const operators = Math.max(...[...early, ...late].map((slot) => slot.operators));
  const faults: string[] = [];
  if (heapMiB > HEAP_TOLERANCE_MIB) faults.push(`The heap has grown by ${heapMiB.toFixed(2)} MiB.`);
  if (residentMiB > RESIDENT_TOLERANCE_MIB) faults.push(`The process has grown by ${Math.round(residentMiB)} MiB.`);
  if (handles > 0) faults.push(`There are ${handles} handles more.`);
  if (operators > 0) faults.push(`${operators} operators were left of streams that had ended.`);
  return { heapMiB, operators, handles, faults };
}
