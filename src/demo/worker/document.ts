/** What goes from step to step: a file, and what the steps have found out about it so far. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A document whose words are counted. */
export interface CountedDocument {
  readonly path: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** One line of the index. */
export interface IndexEntry {
  readonly path: string;
  readonly subject: string;
  readonly terms: number;
  readonly top: readonly string[];
}
