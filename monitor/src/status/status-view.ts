import type { JsonObject, StatusAnswer } from '@streamgauge/proto';
import { rfc3339 } from '../store/log-record.ts';

/** What a worker has told of itself, in sections. */
export interface StatusView {
  /** RFC 3339, by the worker's clock. null: it has told nothing. */
  readonly takenAt: string | null;
  /** True: what only its main thread knows is left out, because that did not answer. */
  readonly partial: boolean;
  /** By name. Keys of a body that nobody here knows are passed on. */
  readonly sections: Readonly<Record<string, SectionView>>;
  /** One sentence per thing that should be here and is not. */
  readonly missing: readonly string[];
}

/** One section as the worker has told it. */
export interface SectionView {
  /** Rises when a key of the body changes its meaning. */
  readonly version: number;
  readonly body: JsonObject;
}

/** The view of an answer. */
export function statusView({ takenUnixNano, partial, sections, missing }: StatusAnswer): StatusView {
  return {
    takenAt: rfc3339(Number(takenUnixNano / 1_000_000n)),
    partial,
    sections: Object.fromEntries(sections.map(({ name, version, body = {} }) => [name, { version, body }])),
    missing,
  };
}

/** The view where nothing was told, and why. */
export function untoldStatus(reason: string): StatusView {
  return { takenAt: null, partial: true, sections: {}, missing: [reason] };
}
