import { type OriginalPlace, type ParsedMap, parseMap } from './parsed-map.ts';
import { findMap } from './source-map-file.ts';
import { sourceReading } from './source-reading.ts';

/** The maps of the files that this process has to name. */
export interface SourceMaps {
  /** Undefined: the file has no map that could be read, or its map does not know the place. Never throws. */
  originalOf(file: string, line: number, column: number): OriginalPlace | undefined;
  /** Why those of these files that have a map are told as they are, one sentence per reason. */
  missing(files: Iterable<string>): string[];
  /** For a second, little more is read: the process may end any moment, and waits a few milliseconds for us. */
  hurry(): void;
}

/** Bounds of one set of maps. */
export interface SourceMapBounds {
  /** Size of a map with all that is not needed of it, such as the texts of the sources. */
  readonly textBytes: number;
  /**
   * Characters of the mappings of one map. The thread that reads them is also the clock, which ticks every 50 ms, and should
   * hardly miss a tick.
   */
  readonly mappings: number;
  /** What `SourceMap` reads in a millisecond, measured cold on Node.js 20 to 26: 230 to 280 ms for a million characters. */
  readonly mappingsPerMs: number;
  /** How long maps may be read in any `windowMs`. */
  readonly budgetMs: number;
  readonly windowMs: number;
  /** Mappings of the maps that stay in memory, where they take more than twenty times as much. */
  readonly heldMappings: number;
}

export const SOURCE_MAP_BOUNDS: SourceMapBounds = {
  textBytes: 2 * 1024 * 1024,
  mappings: 200_000,
  mappingsPerMs: 4000,
  budgetMs: 80,
  windowMs: 1000,
  heldMappings: 250_000,
};

/** What a process that ends can spare of the 40 ms it waits at most. */
const HURRIED_MS = 8;
const MAX_FILES = 2000;
const MAX_PLACES = 5000;

/** What is known of a file: that it has a map, or why the map is not used; empty: it has none. */
type Known = 'mapped' | { readonly reason: string };

/** No map is read before a place of its file is asked for, and none is read again while it is held. */
export function createSourceMaps(nowMs: () => number, bounds: SourceMapBounds = SOURCE_MAP_BOUNDS): SourceMaps {
  const known = new Map<string, Known>();
  const held = new Map<string, ParsedMap>();
  const places = new Map<string, OriginalPlace | undefined>();
  let heldMappings = 0;
  let windowStartMs = Number.NEGATIVE_INFINITY;
  let spentMs = 0;

  return {
    originalOf(file, line, column) {
      if (line < 1) return undefined;
      const key = `${file}:${line}:${column}`;
      if (places.has(key)) return places.get(key);
      const found = mapOf(file);
      if (found === undefined) return undefined;
      const place = found.placeOf(line, column);
      put(places, key, place, MAX_PLACES);
      return place;
    },
    missing(files) {
      const byReason = new Map<string, string[]>();
      for (const file of new Set(files)) {
        const said = known.get(file);
        if (typeof said !== 'object' || said.reason === '') continue;
        byReason.set(said.reason, [...(byReason.get(said.reason) ?? []), file]);
      }
      return Array.from(byReason, ([reason, [first, ...others]]) => {
        const more = others.length === 0 ? '' : ` and of ${others.length} more`;
        return `source map of ${first}${more}: ${reason}`;
      });
    },
    hurry() {
      windowStartMs = nowMs();
      spentMs = bounds.budgetMs - HURRIED_MS;
    },
  };

  function mapOf(file: string): ParsedMap | undefined {
    const said = known.get(file);
    if (typeof said === 'object' && said.reason !== LATER) return undefined;
    const ready = held.get(file);
    if (ready !== undefined) {
      // Moves it to the end of those that may be dropped.
      held.delete(file);
      held.set(file, ready);
      return ready;
    }
    if (!sourceReading.allowed) return undefined;
    const startMs = nowMs();
    if (startMs - windowStartMs >= bounds.windowMs) {
      windowStartMs = startMs;
      spentMs = 0;
    }
    const leftMs = bounds.budgetMs - spentMs;
    if (leftMs <= 0) {
      put(known, file, { reason: LATER }, MAX_FILES);
      return undefined;
    }
    const read = readMap(file, leftMs);
    spentMs += nowMs() - startMs;
    put(known, file, 'placeOf' in read ? 'mapped' : read, MAX_FILES);
    if (!('placeOf' in read)) return undefined;
    hold(file, read);
    return read;
  }

  function readMap(file: string, leftMs: number): ParsedMap | { readonly reason: string } {
    const found = findMap(file, bounds.textBytes);
    if (found === undefined) return { reason: '' };
    if ('missing' in found) return { reason: found.missing };
    const inTime = leftMs * bounds.mappingsPerMs;
    try {
      const parsed = parseMap(found.text, found.folder, found.project, Math.min(bounds.mappings, inTime));
      if ('placeOf' in parsed) return parsed;
      const never = parsed.tooLong > bounds.mappings;
      return { reason: never ? `its mappings are longer than ${bounds.mappings} characters` : LATER };
    } catch {
      return { reason: 'it cannot be understood' };
    }
  }

  function hold(file: string, read: ParsedMap): void {
    held.set(file, read);
    heldMappings += read.mappings;
    for (const [oldest, { mappings }] of held) {
      if (heldMappings <= bounds.heldMappings || oldest === file) break;
      held.delete(oldest);
      heldMappings -= mappings;
    }
  }
}

const LATER = 'there was no time to look for it';

/** The maps of this thread's files. */
export const sourceMaps: SourceMaps = createSourceMaps(() => performance.now());

function put<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  if (map.size >= most) map.delete(map.keys().next().value ?? '');
  map.set(key, value);
}
