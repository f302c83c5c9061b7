/** One shape of dataflow; see catalogue.mjs. */
export interface Shape {
  /** For the table in the documents. */
  readonly title: string;
  /** How many records make about a second of work; absent: its cost is not measured. */
  readonly records?: number;
  /** Share of the bare throughput that has to be kept. */
  readonly wanted?: number;
  /** Nanoseconds per record that it may cost. */
  readonly wantedNano?: number;
  /** Edges that have to be found: two patterns for names with " > " between them. */
  readonly edges: readonly string[];
  /** Those of the edges that are not followed yet: the test holds that, too, so that the table stays true. */
  readonly unfollowed?: readonly string[];
  /** Operators that have to be found where there are no edges. */
  readonly operators?: readonly string[];
  readonly flow: (next: () => unknown) => Promise<unknown>;
}

export declare const SHAPES: Readonly<Record<string, Shape>>;
