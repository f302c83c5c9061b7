import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { TestMonitor } from '../e2e/harness/monitor.ts';

/** What the monitor may take of memory in all of this, whatever happens. Bytes. */
const MEMORY_CAP = 400 * 1024 * 1024;

/** An entry of the event log, as far as it is looked at. */
interface Entry {
  readonly offset: number;
  readonly topic: string;
  readonly payload: { readonly requestId?: string };
}

/** What workers have made, and what they were promised. */
export interface Journal {
  readonly made: ReadonlySet<string>;
  readonly acknowledged: ReadonlySet<string>;
}

/** Out of the standard outputs of workers, those that were killed too. A last line that was cut short says nothing. */
export function journalOf(outputs: readonly string[]): Journal {
  const lines = outputs.flatMap((text) => text.slice(0, text.lastIndexOf('\n') + 1).split('\n'));
  const told = (word: string): ReadonlySet<string> =>
    new Set(lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1)));
  return { made: told('made'), acknowledged: told('acknowledged') };
}

/** Everything that has to hold, whatever has happened: acknowledged is stored, once, in an order that only grows. */
export async function holds(monitor: TestMonitor, journal: Journal): Promise<void> {
  const log = await wholeLog(monitor);
  const offsets = log.map(({ offset }) => offset);
  expect(offsets, 'offsets rise by one').toEqual(offsets.map((_, index) => (offsets[0] ?? 0) + index));
  const stored = log.filter(({ topic }) => topic === 'evidence').map(({ payload }) => payload.requestId ?? '');
  const once = new Set(stored);
  expect(stored.length - once.size, 'events stored twice').toBe(0);
  expect(
    [...journal.acknowledged].filter((id) => !once.has(id)),
    'acknowledged and not stored',
  ).toEqual([]);
  expect(
    stored.filter((id) => !journal.made.has(id)),
    'stored and never made',
  ).toEqual([]);
}

/** The monitor has not grown beyond what it may take. */
export function isSmall(monitor: TestMonitor & { readonly process: { readonly pid: number } }): void {
  const status = readFileSync(`/proc/${monitor.process.pid}/status`, 'utf8');
  expect(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024, 'memory of the monitor').toBeLessThan(MEMORY_CAP);
}

async function wholeLog(monitor: TestMonitor): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let offset = 0; ; ) {
    const response = await fetch(new URL(`/api/v1/events?start_offset=${offset}&batch_size=1000`, monitor.url));
    if (response.status === 204) return entries;
    const feed = (await response.json()) as { readonly events: readonly Entry[]; readonly next_offset: number };
    entries.push(...feed.events);
    offset = feed.next_offset;
  }
}
